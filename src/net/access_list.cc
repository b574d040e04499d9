#include "net/access_list.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <optional>
#include <utility>

#include "base/i18n.h"
#include "base/unique_fd.h"

namespace earshot::net {
namespace {

constexpr std::size_t kLargestFile = std::size_t(64) << 20;  // bytes: about four million entries

Error wrong(std::string message) { return {Reason::usage, std::move(message)}; }

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const std::size_t from = text.find_first_not_of(kSpace);
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(kSpace) + 1 - from);
}

// Bytes of what was written that stand in a message. A path stands there whole: cut, it would name another file.
constexpr std::size_t kMostShown = 80, kLongestPath = PATH_MAX;

std::string shown(std::string_view text, std::size_t most = kMostShown) {
    std::string out;
    for (const char c : text.substr(0, most)) out += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
    if (text.size() > most) out += "...";
    return out;
}

struct Address {
    std::array<std::uint8_t, 16> bytes{};
    unsigned bits = 0;  // 32 or 128
};

std::optional<Address> parse_address(std::string_view text) {
    char name[INET6_ADDRSTRLEN];  // with its NUL; longer is none
    if (text.empty() || text.size() >= sizeof name || text.find('\0') != text.npos) return std::nullopt;
    name[text.copy(name, sizeof name - 1)] = '\0';
    Address address;
    if (::inet_pton(AF_INET, name, address.bytes.data()) == 1) {
        address.bits = 32;
        return address;
    }
    if (::inet_pton(AF_INET6, name, address.bytes.data()) != 1) return std::nullopt;
    address.bits = 128;
    return address;
}

// IPv4 in its IPv6 clothes becomes plain, as in Endpoint; a network only where it lies within ::ffff:0:0/96.
void unmap(Address& address, unsigned& prefix) {
    constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (address.bits != 128 || prefix < 96 || std::memcmp(address.bytes.data(), kMapped, sizeof kMapped) != 0) return;
    Address plain{.bits = 32};
    std::copy_n(address.bytes.begin() + 12, 4, plain.bytes.begin());
    address = plain;
    prefix -= 96;
}

Result<std::string> read_file(const std::string& path) {
    // Not blocking: a name of a pipe must not hold the program up.
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return wrong(errno_text(errno));
    if (!S_ISREG(status.st_mode)) return wrong(tr("no regular file"));
    std::string text;
    std::array<char, 65536> buffer;
    while (text.size() <= kLargestFile) {
        const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return wrong(errno_text(errno));
        if (got == 0) return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return wrong(tr_format("larger than {} bytes", kLargestFile));
}

Status add_lines(std::string_view text, const char* option, std::string_view path, AddressSet& addresses) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::string_view entry = trimmed(line.substr(0, line.find('#')));
        if (entry.empty() || addresses.add(entry)) continue;
        return wrong(tr_format("{}: {}, line {}: \"{}\" is no address or network; write one a line, like 192.0.2.0/24",
                               option, shown(path, kLongestPath), number, shown(entry)));
    }
    return Ok{};
}

Status add_item(const std::string& item, const char* option, AddressSet& addresses) {
    if (addresses.add(item)) return Ok{};
    if (parse_address(item.substr(0, item.find('/')))) {
        return wrong(tr_format("{}: \"{}\" has a wrong prefix length: 0 to 32 for IPv4, 0 to 128 for IPv6", option,
                               shown(item)));
    }
    const bool is_file = item.starts_with('@');
    const std::string path = is_file ? item.substr(1) : item;
    const auto text = read_file(path);
    if (text) return add_lines(*text, option, path, addresses);
    if (is_file)
        return wrong(tr_format("{}: cannot read {}: {}", option, shown(path, kLongestPath), text.error().message));
    return wrong(tr_format("{}: \"{}\" is no address, no network like 192.0.2.0/24, and no file to read: {}", option,
                           shown(item, kLongestPath), text.error().message));
}

Status split(std::span<const std::string> texts, const char* option, std::vector<std::string>& items) {
    for (const std::string& text : texts) {
        for (std::size_t at = 0; at <= text.size();) {
            const std::size_t comma = std::min(text.find(',', at), text.size());
            const std::string_view item = trimmed(std::string_view(text).substr(at, comma - at));
            if (item.empty()) return wrong(tr_format("{}: \"{}\" has an empty item", option, shown(text)));
            items.emplace_back(item);
            at = comma + 1;
        }
    }
    return Ok{};
}

}  // namespace

bool AddressSet::add(std::string_view entry) {
    const std::size_t slash = entry.find('/');
    std::optional<Address> address = parse_address(entry.substr(0, slash));
    if (!address) return false;
    unsigned prefix = address->bits;
    if (slash != entry.npos) {
        const std::string_view digits = entry.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (error != std::errc() || end != digits.data() + digits.size() || prefix > address->bits) return false;
    }
    unmap(*address, prefix);
    Range range{address->bytes, address->bytes};
    for (unsigned bit = prefix; bit < address->bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
        range.first[bit / 8] = static_cast<std::uint8_t>(range.first[bit / 8] & ~mask);
        range.last[bit / 8] |= mask;
    }
    (address->bits == 32 ? ipv4_ : ipv6_).push_back(range);
    return true;
}

void AddressSet::settle() {
    for (std::vector<Range>* const ranges : {&ipv4_, &ipv6_}) {
        std::sort(ranges->begin(), ranges->end(), [](const Range& a, const Range& b) { return a.first < b.first; });
        std::vector<Range> joined;
        for (const Range& range : *ranges) {
            if (joined.empty() || range.first > joined.back().last) {
                joined.push_back(range);
            } else {
                joined.back().last = std::max(joined.back().last, range.last);
            }
        }
        *ranges = std::move(joined);
    }
}

bool AddressSet::contains(const Endpoint& endpoint) const {
    if (!endpoint.is_ip()) return false;
    const bool is_ipv4 = endpoint.family() == Endpoint::Family::ipv4;
    const std::vector<Range>& ranges = is_ipv4 ? ipv4_ : ipv6_;
    std::array<std::uint8_t, 16> address{};
    std::copy_n(endpoint.address_bytes(), is_ipv4 ? 4 : 16, address.begin());
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), address,
                                        [](const auto& wanted, const Range& range) { return wanted < range.first; });
    return after != ranges.begin() && address <= std::prev(after)->last;
}

Status AccessList::Rule::read(const char* option) {
    AddressSet fresh;
    files = 0;
    for (const std::string& item : items) {
        if (const Status added = add_item(item, option, fresh); !added) return added;
        if (AddressSet probe; !probe.add(item)) ++files;
    }
    entries = fresh.size();
    fresh.settle();
    addresses = std::move(fresh);
    return Ok{};
}

Result<AccessList> AccessList::parse(std::span<const std::string> allow, std::span<const std::string> deny) {
    AccessList list;
    if (const Status done = split(allow, "--allow", list.allow_.items); !done) return done.error();
    if (const Status done = split(deny, "--deny", list.deny_.items); !done) return done.error();
    if (const Status done = list.reload(); !done) return done.error();
    return list;
}

Status AccessList::reload() {
    Rule allow = allow_, deny = deny_;
    if (const Status done = allow.read("--allow"); !done) return done;
    if (const Status done = deny.read("--deny"); !done) return done;
    allow_ = std::move(allow);
    deny_ = std::move(deny);
    return Ok{};
}

bool AccessList::allows(const Endpoint& peer) const {
    if (peer.family() == Endpoint::Family::unix_path) return true;
    if (deny_.addresses.contains(peer)) return false;
    return !allow_.is_set() || allow_.addresses.contains(peer);
}

}  // namespace earshot::net
