// One Event of every kind with every field set, for the tests of the JSON view.
#pragma once

#include <string>
#include <vector>

#include "model/event.h"

namespace earshot::view {

inline const WallTime kNoon{std::chrono::sys_days(std::chrono::year(2026) / 5 / 1) + std::chrono::hours(12) +
                            std::chrono::nanoseconds(123'456'789)};

// Every text that is not an enum is `text`.
inline std::vector<model::Event> all_kinds_with(const std::string& text) {
    using namespace model;
    static_assert(std::variant_size_v<Body> == 20, "a new kind of event needs a sample here");
    Message message;
    message.seq = 1;
    message.bytes = SharedBytes::copy_of(as_bytes("<" + text + ">"));
    message.payload_at = 1;
    message.payload_size = static_cast<std::uint32_t>(text.size());
    message.text = text;
    message.malformed.resize(2);
    message.encoding = "gbk";
    Message malformed = message;
    malformed.direction = Direction::out;
    malformed.malformed_frame = "why";
    const std::vector<Body> bodies{
        Listening{text, 80, text, text},
        Dialing{text, 2, SessionId{8}},
        Opened{text, text, Tls{text, text, text, text, text, true}, SessionId{8}},
        message,
        malformed,
        HalfClosed{Direction::out},
        Closed{Reason::unknown_host, text, 12, 4},
        Fault{Reason::limit, text},
        Sent{5, 2},
        EncodingChanged{Direction::in, text, true, 7},
        FramingChanged{text, true},
        EolChanged{text},
        Named{text, text},
        Dropped{3, 4, text},
        DeviceNamed{text, 2, SessionId{1}},
        Diagnostic{text, 3},
        ReplyChanged{text, true},
        Traced{.heading = {.client = text, .server = text, .self = trace::End::client, .where = text}},
        Accounts{{trace::Account{}, trace::Account{}}, Millis(500)},
        Stopped{},
        Unfinished{},
    };
    std::vector<Event> events;
    events.reserve(bodies.size());
    for (const Body& body : bodies) events.push_back({kNoon, SessionId{9}, text, body});
    return events;
}

}  // namespace earshot::view
