// Every framing, on any stream cut anywhere: the same messages, and the consumed bytes tile the stream.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frame/framings.h"
#include "tests/frame/drive.h"

using namespace earshot;
using namespace earshot::frame;

namespace {

constexpr std::string_view kNames[] = {
    "line",
    "chunk",
    "delim:0d0a",
    "delim:0a0a",
    "delim:00",
    "delim:61626162",
    "delim:6161626161",
    "fixed:1",
    "fixed:7",
    "idle:50",
    "length:u8",
    "length:u8,adjust=-1",
    "length:u8,offset=3,adjust=2",
    "length:u16be",
    "length:u16le,offset=2,adjust=-4",
    "length:u32be",
    "length:u32le,adjust=-4294967295",
};

}  // namespace

// Byte 0: framing; 1: the limit; 2: how the cuts are drawn; the rest: the stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::string_view name = kNames[data[0] % std::size(kNames)];
    const ByteCount max_message = 8 + ByteCount(data[1]);
    const std::string_view stream = as_chars({data + 3, size - 3});
    std::uint32_t state = data[2] * 2654435761U + 1;
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < stream.size(); ++i) {
        state = state * 1664525U + 1013904223U;
        if ((state >> 24) % (1U + data[2] % 16U) == 0) cuts.push_back(i);
    }
    const auto whole = pieces_of(name, max_message, stream);
    const auto cut = pieces_of(name, max_message, stream, cuts);
    EARSHOT_CHECK(joined(whole) == stream && joined(cut) == stream);
    EARSHOT_CHECK(name == "chunk" || whole == cut);

    // The same bytes as a framing's name: refused or made, never worse.
    (void)make_framer(stream, max_message);
    return 0;
}
