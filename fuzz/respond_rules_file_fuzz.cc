// Any rules file, and behind a zero byte messages to it: what is refused is refused with its line, what is taken
// answers in bounds, by the clock as well, and in every encoding.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/clock.h"
#include "respond/rules/engine.h"
#include "respond/rules/parse.h"
#include "text/encoding.h"

using namespace earshot;
using namespace earshot::respond::rules;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = as_chars({data, size});
    const std::size_t end = std::min(input.find('\0'), input.size());
    auto set = parse_rules(input.substr(0, end), "f");
    if (!set) {
        EARSHOT_CHECK(set.error().message.starts_with("f:") && set.error().message.find('\n') == std::string::npos);
        return 0;
    }
    ManualClock clock;
    Engine engine(std::move(*set), clock);
    Caller caller;
    caller.peer = "peer";
    Outcome out;
    Who who{7, nullptr, nullptr};
    engine.opened(caller, who, out);
    std::string_view rest = input.substr(std::min(end + 1, size));
    for (std::size_t number = 0; !rest.empty(); ++number) {
        const std::size_t length = std::min(rest.find('\0'), rest.size());
        const auto& encoding = text::encodings()[number % text::encodings().size()];
        who.receive = number % 3 == 0 ? nullptr : &encoding;
        who.send = number % 2 == 0 ? nullptr : &encoding;
        out.clear();
        engine.message(caller, who, as_bytes(rest.substr(0, length)), out);
        for (const std::string& fault : out.faults) EARSHOT_CHECK(fault.find('\n') == std::string::npos);
        EARSHOT_CHECK(caller.device.size() <= 64 * 12);
        rest.remove_prefix(std::min(length + 1, rest.size()));
        if (const auto due = engine.next_due(caller)) {
            if (*due > clock.now()) clock.advance(std::chrono::ceil<Millis>(*due - clock.now()));
            out.clear();
            engine.tick(caller, who, number % 2 == 0, out);
            const auto next = engine.next_due(caller);
            EARSHOT_CHECK(out.timed_out || !next || *next > clock.now());
        }
    }
    EARSHOT_CHECK(caller.waiting_size <= std::size_t(1) << 20);
    return 0;
}
