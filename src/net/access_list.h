// Who may call: --allow and --deny, asked by the listener before a caller costs anything.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/endpoint.h"

namespace earshot::net {

// A set of IPv4 and IPv6 addresses, made of addresses and networks, asked by binary search: a file of a million entries
// costs a caller nothing that he would notice. IPv4-mapped IPv6 is IPv4.
class AddressSet {
  public:
    // "192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "::1"; bits beyond the prefix do not matter. False: it is none.
    bool add(std::string_view entry);
    // Sorts and joins what was added; before it contains() must not be asked.
    void settle();
    bool contains(const Endpoint& endpoint) const;
    // How many were added; settle() may make fewer of them.
    std::size_t size() const { return ipv4_.size() + ipv6_.size(); }

  private:
    struct Range {
        std::array<std::uint8_t, 16> first{}, last{};  // network order; IPv4 has four bytes, then zeros
    };
    std::vector<Range> ipv4_, ipv6_;
};

// Deny wins; with an allow list only what it names may call; without rules everybody may. A Unix peer always may: he
// has no address, and the permissions of the socket's folder guard it.
class AccessList {
  public:
    AccessList() = default;

    // Items of --allow and --deny, each an item or several with commas between. An item that is neither an address nor
    // a network names a file ("@" before a name makes it one whatever it looks like) with one entry a line, `#`
    // beginning a comment. No item at all: no such rule. Errors: usage, naming the item, or file and line.
    static Result<AccessList> parse(std::span<const std::string> allow, std::span<const std::string> deny);

    // Reads the files again. After an error the rules are what they were.
    Status reload();

    bool allows(const Endpoint& peer) const;

    // How many addresses and networks each option names, those in its files one by one; none: it is not there.
    std::optional<std::size_t> allowed() const { return allow_.count(); }
    std::optional<std::size_t> denied() const { return deny_.count(); }
    // There is something that reload() reads.
    bool has_files() const { return allow_.files + deny_.files > 0; }

  private:
    struct Rule {
        std::vector<std::string> items;
        AddressSet addresses;
        std::size_t entries = 0;  // in all items
        std::size_t files = 0;    // among the items

        bool is_set() const { return !items.empty(); }
        std::optional<std::size_t> count() const { return is_set() ? std::optional(entries) : std::nullopt; }
        Status read(const char* option);
    };

    Rule allow_, deny_;
};

}  // namespace earshot::net
