// Any frames one after the other, from frame to ladder: each packet is in one stream, the ends of a stream stay once
// they are known, no packet comes out of the twins that has not gone in, and the ladder takes whatever comes.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "trace/ladder.h"
#include "trace/packet.h"
#include "trace/pcapng.h"
#include "trace/streams.h"
#include "trace/twin.h"

namespace {

using namespace earshot;  // NOLINT(google-build-using-namespace)

// Frames of raw IP with a length byte and a byte that says how much later they come.
struct Capture {
    trace::TwinFinder twins;
    trace::Streams streams;
    trace::Ladder ladder{{.source = trace::Source::file}};
    WallTime now{std::chrono::seconds(1'700'000'000)};
    std::uint64_t put_in = 0, come_out = 0;

    void add(ByteView bytes, std::uint8_t how) {
        now += std::chrono::microseconds(std::uint32_t(how) * how);
        const auto length = static_cast<std::uint32_t>(bytes.size() + (how & 1) * 1000U);
        const trace::Frame frame{.time = now,
                                 .link_type = 101,
                                 .original_length = length,
                                 .bytes = bytes,
                                 .passage = static_cast<trace::Passage>(how % 3)};
        EARSHOT_CHECK(trace::pcapng_packet(frame, "a comment").size() % 4 == 0);
        if (auto packet = trace::parse_packet(frame)) {
            ++put_in;
            twins.add(*packet);
            if ((how & 8) != 0) twins.add(*packet);
            if ((how & 8) != 0) ++put_in;
        }
        take();
    }
    void take() {
        for (trace::Packet& packet : twins.take()) {
            ++come_out;
            const std::size_t before = streams.all().size();
            const trace::Stream& stream = streams.add(packet);
            EARSHOT_CHECK(stream.number <= before && streams.all().size() <= before + 1);
            EARSHOT_CHECK(packet.from == stream.client || packet.from == stream.server);
            EARSHOT_CHECK(trace::end_of(stream, packet) == packet.segment.from);
            if (stream.number == 0) ladder.add(packet.segment);
        }
        static_cast<void>(ladder.take());
    }
    void end() {
        twins.finish();
        take();
        EARSHOT_CHECK(!twins.is_waiting());
        EARSHOT_CHECK(come_out + twins.twins() == put_in);
        ladder.finish(now);
        static_cast<void>(ladder.take());
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    Capture capture;
    while (size >= 2) {
        const std::size_t length = std::min<std::size_t>(input[0], size - 2);
        capture.add({input + 2, length}, input[1]);
        input += 2 + length;
        size -= 2 + length;
    }
    capture.end();
    return 0;
}
