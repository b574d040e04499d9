#include "net/handshake_order.h"

namespace earshot::net {

void HandshakeOrder::add(std::uint64_t number, std::uint64_t address) {
    Numbers& numbers = by_address_[address];
    if (!numbers.empty()) ranks_.erase(rank(numbers, address));
    numbers.insert(number);
    ranks_.insert(rank(numbers, address));
}

void HandshakeOrder::remove(std::uint64_t number, std::uint64_t address) {
    const auto found = by_address_.find(address);
    ranks_.erase(rank(found->second, address));
    found->second.erase(number);
    if (found->second.empty()) {
        by_address_.erase(found);
    } else {
        ranks_.insert(rank(found->second, address));
    }
}

}  // namespace earshot::net
