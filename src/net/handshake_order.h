// Who gives way where too many strangers are in the middle of a handshake: the one who has had the longest time of the
// address that has the most of them. So whoever opens many and says nothing keeps out none but his own, and he who has
// several addresses none who is quick. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>

namespace earshot::net {

class HandshakeOrder {
  public:
    // `number` is higher than all before it.
    void add(std::uint64_t number, std::uint64_t address);
    // One that was added, with its address.
    void remove(std::uint64_t number, std::uint64_t address);
    // Not where there is none.
    std::uint64_t gives_way() const { return std::get<1>(*ranks_.begin()); }

  private:
    using Numbers = std::set<std::uint64_t>;
    // How many it has, the most first; its oldest; the address.
    using Rank = std::tuple<std::ptrdiff_t, std::uint64_t, std::uint64_t>;
    static Rank rank(const Numbers& numbers, std::uint64_t address) {
        return {-static_cast<std::ptrdiff_t>(numbers.size()), *numbers.begin(), address};
    }

    std::map<std::uint64_t, Numbers> by_address_;  // none of them empty; ordered, for strangers choose their addresses
    std::set<Rank> ranks_;                         // one for each address
};

}  // namespace earshot::net
