#include "trace/place.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace earshot::trace {

namespace {
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
}

Place Place::of_ipv4(ByteView four_bytes, std::uint16_t port) {
    EARSHOT_CHECK(four_bytes.size() == 4);
    Place place;
    place.port = port;
    std::copy(kMapped.begin(), kMapped.end(), place.address.begin());
    std::copy(four_bytes.begin(), four_bytes.end(), place.address.begin() + kMapped.size());
    return place;
}

Place Place::of_ipv6(ByteView sixteen_bytes, std::uint16_t port) {
    EARSHOT_CHECK(sixteen_bytes.size() == 16);
    Place place;
    place.port = port;
    std::copy(sixteen_bytes.begin(), sixteen_bytes.end(), place.address.begin());
    return place;
}

bool Place::is_ipv4() const { return std::equal(kMapped.begin(), kMapped.end(), address.begin()); }

std::string Place::text() const {
    char shown[INET6_ADDRSTRLEN] = "";
    if (is_ipv4()) {
        ::inet_ntop(AF_INET, address.data() + kMapped.size(), shown, sizeof shown);
        return fmt::format("{}:{}", shown, port);
    }
    ::inet_ntop(AF_INET6, address.data(), shown, sizeof shown);
    return fmt::format("[{}]:{}", shown, port);
}

}  // namespace earshot::trace
