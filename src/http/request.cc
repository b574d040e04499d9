#include "http/request.h"

#include <algorithm>
#include <optional>

namespace earshot::http {

namespace {

constexpr std::size_t kLongestLine = 4096;  // of the request line, before it is told apart from what follows

Head refused(int status) {
    Head head;
    head.kind = Head::Kind::refused;
    head.status = status;
    return head;
}

// tchar of RFC 9110 5.6.2.
bool is_token_character(char c) {
    const bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter_or_digit || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
    return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
               return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + ('a' - 'A')) : x) == y;
           });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool names_token(std::string_view list, std::string_view lower) {
    while (true) {
        const std::size_t comma = list.find(',');
        if (equals_ignoring_case(trimmed(list.substr(0, comma)), lower)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

// The next line without its end; none where it has not ended yet. A lone LF ends a line too (RFC 9112 2.2).
std::optional<std::string_view> take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

// 0, or the status that refuses it.
int read_target(std::string_view target, std::string& path) {
    if (!std::all_of(target.begin(), target.end(), is_visible)) return 400;
    if (target.starts_with("http://")) {  // absolute-form: as a proxy is asked
        const std::size_t slash = target.find('/', 7);
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    if (!target.starts_with("/")) return 400;
    path = target.substr(0, target.find('?'));
    return 0;
}

int read_request_line(std::string_view line, Request& request, bool& is_1_1) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return 400;
    const std::string_view method = line.substr(0, first), version = line.substr(last + 1);
    if (!is_token(method)) return 400;
    const bool is_version = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
    if (!is_version) return 400;
    if (version[5] != '1') return 505;
    is_1_1 = version[7] != '0';
    request.method = method;
    request.keeps = is_1_1;
    return read_target(line.substr(first + 1, last - first - 1), request.path);
}

int read_field(std::string_view line, Request& request, int& hosts) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
    const std::string_view name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    const auto is_control = [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; };
    if (std::any_of(value.begin(), value.end(), is_control)) return 400;
    if (equals_ignoring_case(name, "host")) ++hosts;
    if (equals_ignoring_case(name, "transfer-encoding")) return 413;
    if (equals_ignoring_case(name, "content-length")) {
        if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) return 400;
        if (value.find_first_not_of('0') != std::string_view::npos) return 413;
    }
    if (equals_ignoring_case(name, "connection")) {
        if (names_token(value, "close")) request.keeps = false;
    }
    return 0;
}

}  // namespace

Head read_head(std::string_view bytes) {
    const std::string_view all = bytes.substr(0, kLongestHead);
    std::string_view rest = all;
    const auto unfinished = [&](int status) { return all.size() < kLongestHead ? Head() : refused(status); };
    std::optional<std::string_view> line;
    do {  // empty lines before a request are left by clients that end the one before wrongly
        line = take_line(rest);
        if (!line) return rest.size() > kLongestLine ? refused(414) : unfinished(414);
    } while (line->empty());
    if (line->size() > kLongestLine) return refused(414);
    Head head;
    bool is_1_1 = false;
    if (const int status = read_request_line(*line, head.request, is_1_1); status != 0) return refused(status);
    int hosts = 0;
    while (true) {
        line = take_line(rest);
        if (!line) return unfinished(431);
        if (line->empty()) break;
        const int status = read_field(*line, head.request, hosts);
        // That there is a body says less of what was wrong than that there is nothing to give it to.
        const bool may_ask = head.request.method == "GET" || head.request.method == "HEAD";
        if (status != 0) return refused(status == 413 && !may_ask ? 405 : status);
    }
    if (hosts > 1 || (is_1_1 && hosts == 0)) return refused(400);
    head.kind = Head::Kind::request;
    head.size = all.size() - rest.size();
    return head;
}

}  // namespace earshot::http
