#include "respond/telnet_commands.h"

#include <algorithm>
#include <cstring>

namespace earshot::respond {
namespace {

constexpr std::uint8_t kIac = 0xff, kSb = 0xfa, kSe = 0xf0, kWill = 0xfb, kDont = 0xfe;
constexpr std::uint8_t kLastOption = 0x31;           // of those in use
constexpr std::size_t kLongestSubnegotiation = 512;  // bytes; no terminal says more

bool is_negotiation(ByteView at) {
    return at.size() >= 3 && at[0] == kIac && at[1] >= kWill && at[1] <= kDont && at[2] <= kLastOption;
}

// Bytes of the telnet command that `at` begins with; 0: none.
std::size_t command_size(ByteView at) {
    if (at.size() < 2 || at[0] != kIac) return 0;
    if (is_negotiation(at)) return 3;
    if (at[1] == kSb && at.size() >= 3 && at[2] <= kLastOption) {
        at = at.first(std::min(at.size(), kLongestSubnegotiation));
        for (std::size_t i = 3; i + 1 < at.size(); ++i) {
            if (at[i] != kIac) continue;
            if (at[i + 1] == kSe) return i + 2;
            if (at[i + 1] != kIac) return 0;
            ++i;  // IAC IAC stands for one byte FF
        }
        return 0;
    }
    return at[1] >= kSe && at[1] < kSb && is_negotiation(at.subspan(2)) ? 2 : 0;
}

}  // namespace

ByteView without_telnet_commands(ByteView payload, std::vector<std::uint8_t>& scratch) {
    if (payload.empty() || !std::memchr(payload.data(), kIac, payload.size())) return payload;
    scratch.clear();
    while (!payload.empty()) {
        if (const std::size_t size = command_size(payload)) {
            payload = payload.subspan(size);
            continue;
        }
        const auto next = std::find(payload.begin() + 1, payload.end(), kIac);
        scratch.insert(scratch.end(), payload.begin(), next);
        payload = payload.subspan(static_cast<std::size_t>(next - payload.begin()));
    }
    return scratch;
}

}  // namespace earshot::respond
