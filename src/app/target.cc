#include "app/target.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <charconv>

#include "app/option_values.h"
#include "base/i18n.h"

namespace earshot::app {

namespace {

constexpr std::size_t kLongestUnixPath = 107;  // sun_path less its NUL, unix(7)

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error bad_form(std::string_view word, TargetUse use) {
    return use == TargetUse::listen
               ? usage_error(tr_format("\"{}\" names no place to listen: write PORT, HOST PORT or HOST:PORT", word))
               : usage_error(tr_format("\"{}\" has no port: write HOST PORT or HOST:PORT", word));
}

// A host without its brackets; what is no host at all is refused here, the rest is for the resolver to judge.
Result<std::string> parse_host(std::string_view host, TargetUse use) {
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
        if (!is_numeric_address(host) || host.find(':') == std::string_view::npos) {
            return usage_error(tr_format("\"[{}]\" is no IPv6 address: brackets are for one, as in [::1]:8888", host));
        }
    }
    if (host.empty() && use == TargetUse::call) {
        return usage_error(tr("no host is named: write HOST PORT or HOST:PORT"));
    }
    if (host.starts_with("-") || host.find_first_of(" \t\r\n/[]") != std::string_view::npos) {
        return usage_error(tr_format("\"{}\" is no name or address of a host", host));
    }
    if (!bracketed && host.find(':') != std::string_view::npos && !is_numeric_address(host)) {
        return usage_error(tr_format("\"{}\" is no name or address of a host", host));
    }
    return std::string(host);
}

Result<NamedTarget> with_port(std::string_view host, std::string_view port, TargetUse use) {
    auto parsed_host = parse_host(host, use);
    if (!parsed_host) return parsed_host.error();
    auto parsed_port = parse_port(port, use);
    if (!parsed_port) return parsed_port.error();
    NamedTarget target;
    target.place.host = std::move(*parsed_host);
    target.place.port = *parsed_port;
    return target;
}

// HOST:PORT, [ADDRESS]:PORT, and PORT alone for listen.
Result<NamedTarget> parse_one_word(std::string_view word, TargetUse use) {
    const auto colons = std::count(word.begin(), word.end(), ':');
    if (!word.empty() && word.front() == '[') {
        const std::size_t close = word.find(']');
        if (close == std::string_view::npos || close + 1 >= word.size() || word[close + 1] != ':') {
            return usage_error(tr_format("\"{}\" has no port: write [ADDRESS]:PORT, as in [::1]:8888", word));
        }
        return with_port(word.substr(0, close + 1), word.substr(close + 2), use);
    }
    if (colons == 0) {
        if (use == TargetUse::listen) return with_port("", word, use);
        if (all_digits(word)) {
            return usage_error(
                tr_format("\"{0}\" is a port without a host: write HOST {0}, as in localhost {0}", word));
        }
        return bad_form(word, use);
    }
    if (colons > 1) {
        const std::size_t last = word.rfind(':');
        return usage_error(tr_format("\"{0}\" can be read in two ways: write [{1}]:{2} or {1} {2}, or {0} and a port",
                                     word, word.substr(0, last), word.substr(last + 1)));
    }
    const std::size_t colon = word.find(':');
    if (colon + 1 == word.size()) return bad_form(word, use);
    return with_port(word.substr(0, colon), word.substr(colon + 1), use);
}

Result<NamedTarget> parse_unix(std::string_view path) {
    if (path.empty()) return usage_error(tr("unix: needs the path of a socket: write unix:PATH"));
    if (path.size() > kLongestUnixPath) {
        return usage_error(tr_format("the path of a Unix socket has at most {} bytes, this one has {}: \"{}\"",
                                     kLongestUnixPath, path.size(), path));
    }
    NamedTarget target;
    target.place.unix_path = path;
    return target;
}

Result<NamedTarget> parse_url(std::string_view word, std::size_t scheme_size, TargetUse use) {
    const std::string_view scheme = word.substr(0, scheme_size);
    std::string_view rest = word.substr(scheme_size + 3);
    if (scheme != "tcp" && scheme != "tls") {
        return usage_error(
            tr_format("\"{}\" is not a known kind of URL: tcp://HOST:PORT, tls://HOST:PORT and unix:PATH are", word));
    }
    if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
    if (rest.find_first_of("/?#@") != std::string_view::npos) {
        return usage_error(tr_format("\"{0}\" says more than a place: write {1}://HOST:PORT", word, scheme));
    }
    auto target = parse_one_word(rest, use);
    if (target) target->tls = scheme == "tls";
    return target;
}

}  // namespace

bool is_numeric_address(std::string_view host) {
    if (host.empty()) return false;
    in6_addr address;
    const std::string plain(host.substr(0, host.find('%')));
    if (plain.find('\0') != std::string::npos) return false;
    const bool scoped = plain.size() != host.size();
    return (!scoped && ::inet_pton(AF_INET, plain.c_str(), &address) == 1) ||
           (host.back() != '%' && ::inet_pton(AF_INET6, plain.c_str(), &address) == 1);
}

Result<std::uint16_t> parse_port(std::string_view text, TargetUse use) {
    if (all_digits(text)) {
        std::uint32_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        const std::uint32_t lowest = use == TargetUse::listen ? 0 : 1;
        if (read.ec != std::errc() || number > 65535 || number < lowest) {
            return usage_error(tr_format("port {} is out of range: write a number from {} to 65535", text, lowest));
        }
        return static_cast<std::uint16_t>(number);
    }
    if (text.empty()) return usage_error(tr("the port is missing: write HOST PORT or HOST:PORT"));
    if (const servent* service = ::getservbyname(std::string(text).c_str(), "tcp")) {
        return ntohs(static_cast<std::uint16_t>(service->s_port));
    }
    return usage_error(tr_format("\"{}\" is neither a port number nor a service that /etc/services names", text));
}

Result<NamedTarget> parse_target(std::span<const std::string> words, TargetUse use) {
    if (words.empty()) {
        return use == TargetUse::listen
                   ? usage_error(tr("where to listen is missing: write PORT, HOST PORT, HOST:PORT or unix:PATH"))
                   : usage_error(
                         tr("whom to call is missing: write HOST PORT, HOST:PORT, tls://HOST:PORT or unix:PATH"));
    }
    if (words.size() > 2) {
        return usage_error(tr_format("\"{}\" is one word too many after HOST PORT", words[2]));
    }
    const std::string_view first = words[0];
    const bool is_unix = first.starts_with("unix:");
    const std::size_t scheme = first.find("://");
    if (is_unix || scheme != std::string_view::npos) {
        if (words.size() == 2) return usage_error(tr_format("\"{}\" is one word too many after a URL", words[1]));
        return is_unix ? parse_unix(first.substr(5)) : parse_url(first, scheme, use);
    }
    if (words.size() == 2) return with_port(first, words[1], use);
    return parse_one_word(first, use);
}

}  // namespace earshot::app
