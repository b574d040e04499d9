// Any bytes as a frame of any link type, cut anywhere: nothing is read beyond them and what comes out agrees with
// itself.
#include <cstdint>

#include "base/check.h"
#include "trace/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    using namespace earshot;  // NOLINT(google-build-using-namespace)
    constexpr int kLinkTypes[] = {1, 113, 276, 0, 108, 101, 228, 229, 12, 147};
    if (size < 2) return 0;
    trace::Frame frame;
    frame.link_type = kLinkTypes[input[0] % std::size(kLinkTypes)];
    frame.bytes = {input + 2, size - 2};
    frame.original_length = static_cast<std::uint32_t>(frame.bytes.size() + std::size_t(input[1]) * 300);
    const auto packet = trace::parse_packet(frame);
    if (!packet) return 0;
    EARSHOT_CHECK(trace::knows_link_type(frame.link_type));
    EARSHOT_CHECK(packet->segment.payload.size() <= packet->segment.length);
    EARSHOT_CHECK(packet->segment.payload.size() <= trace::kPayloadKept);
    EARSHOT_CHECK(packet->segment.sent_at.has_value() != packet->segment.arrived_at.has_value());
    EARSHOT_CHECK(packet->from.text().size() < 60);
    return 0;
}
