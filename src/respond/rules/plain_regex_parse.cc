#include <algorithm>
#include <charconv>

#include "respond/rules/plain_regex.h"

namespace earshot::respond::rules {

namespace {

constexpr int kDeepest = 50;                  // groups in groups
constexpr std::uint32_t kMostRepeats = 1000;  // RE2's own limit

bool is_ascii(char c) { return static_cast<std::uint8_t>(c) < 0x80; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_repeat(std::string_view rest) {
    return !rest.empty() && std::string_view("*+?{").find(rest[0]) != std::string_view::npos;
}

}  // namespace

// Reads RE2's syntax as far as it needs to; whatever it does not know ends the reading.
class PlainRegex::Parser {
  public:
    Parser(std::string_view pattern, PlainRegex& to) : rest_(pattern), to_(to) {}

    bool read() {
        if (rest_.starts_with('^')) {
            to_.anchored_ = true;
            rest_.remove_prefix(1);
            if (is_repeat(rest_)) return false;
        }
        if (!read_alternatives(0) || !rest_.empty()) return false;
        // `^` belongs to the first alternative alone.
        if (alternatives_) to_.anchored_ = false;
        return true;
    }

  private:
    using Kind = Step::Kind;

    bool read_alternatives(int depth) {
        if (depth > kDeepest) return false;
        const std::size_t begin = to_.steps_.size();
        bool several = false;
        for (;;) {
            if (!read_sequence(depth)) return false;
            if (!rest_.starts_with('|')) break;
            rest_.remove_prefix(1);
            several = true;
        }
        if (several) make_opaque(begin);
        if (depth == 0) alternatives_ = several;
        return true;
    }

    bool read_sequence(int depth) {
        while (!rest_.empty() && rest_[0] != '|' && rest_[0] != ')') {
            const std::size_t begin = to_.steps_.size();
            if (rest_[0] == '$') {
                if (depth != 0 || rest_.size() != 1) return false;
                rest_ = {};
                to_.steps_.push_back({.kind = Kind::end});
                return true;
            }
            if (!read_atom(depth) || !read_repeats(begin)) return false;
        }
        return true;
    }

    bool read_atom(int depth) {
        const char c = rest_[0];
        if (c == '(') return read_group(depth);
        if (c == '[') return read_class();
        if (c == '\\') return read_escape();
        if (c == '^' || c == '*' || c == '+' || c == '?' || c == '{') return false;
        if (c == '.') {
            rest_.remove_prefix(1);
            add_run([](char each) { return each != '\n'; }, true);
            return true;
        }
        std::size_t size = 1;
        if (!is_ascii(c)) {
            while (size < rest_.size() && (static_cast<std::uint8_t>(rest_[size]) & 0xC0) == 0x80) ++size;
        }
        add_literal(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return true;
    }

    bool read_group(int depth) {
        rest_.remove_prefix(1);
        std::uint32_t group = 0;
        if (rest_.starts_with("?:")) {
            rest_.remove_prefix(2);
        } else {
            if (rest_.starts_with('?')) {
                const std::size_t end = rest_.find('>');
                if (!rest_.starts_with("?P<") || end == std::string_view::npos) return false;
                rest_.remove_prefix(end + 1);
            }
            group = ++groups_;
        }
        const std::size_t begin = to_.steps_.size();
        if (group != 0) to_.steps_.push_back({.kind = Kind::open, .at = group});
        if (!read_alternatives(depth + 1) || !rest_.starts_with(')')) return false;
        rest_.remove_prefix(1);
        if (group != 0) to_.steps_.push_back({.kind = Kind::close, .at = group});
        // What may come again has no one place: it stays together for read_repeats().
        const bool repeats = is_repeat(rest_);
        if (repeats) make_opaque(begin);
        return true;
    }

    // A character or a class of them, in or outside brackets; false: not known.
    bool read_escaped(Characters& set, std::optional<char>& one) {
        if (rest_.size() < 2) return false;
        const char c = rest_[1];
        rest_.remove_prefix(2);
        static constexpr std::string_view kNames = "tnrfva", kCharacters = "\t\n\r\f\v\a";
        const std::size_t named = kNames.find(c);
        if (named != std::string_view::npos) {
            one = kCharacters[named];
        } else if (is_ascii(c) && c > ' ' && c < 0x7f && !is_word(c)) {
            one = c;
        } else if (c == 'd' || c == 'D') {
            add_class(set, is_digit, c == 'D');
        } else if (c == 'w' || c == 'W') {
            add_class(set, is_word, c == 'W');
        } else if (c == 's' || c == 'S') {
            add_class(
                set, [](char each) { return std::string_view("\t\n\f\r ").find(each) != std::string_view::npos; },
                c == 'S');
        } else {
            return false;
        }
        return true;
    }

    bool read_escape() {
        Characters set{};
        std::optional<char> one;
        if (!read_escaped(set, one)) return false;
        if (one) {
            add_literal({&*one, 1});
        } else {
            add_run(set);
        }
        return true;
    }

    bool read_class() {
        rest_.remove_prefix(1);
        const bool negated = rest_.starts_with('^');
        if (negated) rest_.remove_prefix(1);
        if (rest_.starts_with(']')) return false;
        Characters set{};
        while (!rest_.starts_with(']')) {
            if (rest_.empty() || rest_.starts_with("[:")) return false;
            std::optional<char> low;
            if (!read_member(set, low)) return false;
            if (!low) continue;
            std::optional<char> high = low;
            if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') {
                rest_.remove_prefix(1);
                high.reset();
                if (!read_member(set, high) || !high) return false;
            }
            for (int c = *low; c <= *high; ++c) set[static_cast<std::size_t>(c)] = inside;
        }
        rest_.remove_prefix(1);
        if (negated) {
            for (std::size_t c = 0; c < 256; ++c) {
                set[c] = c >= 0x80 ? unclear : set[c] == inside ? outside : inside;
            }
        }
        add_run(set);
        return true;
    }

    bool read_member(Characters& set, std::optional<char>& one) {
        if (rest_.empty() || !is_ascii(rest_[0])) return false;
        if (rest_[0] == '\\') return read_escaped(set, one);
        one = rest_[0];
        rest_.remove_prefix(1);
        return true;
    }

    // `*`, `+`, `?`, `{2,5}` behind what stands at `begin`.
    bool read_repeats(std::size_t begin) {
        if (rest_.empty()) return true;
        std::uint32_t least = 0, most = kEndless;
        switch (rest_[0]) {
            case '*':
                rest_.remove_prefix(1);
                break;
            case '+':
                least = 1;
                rest_.remove_prefix(1);
                break;
            case '?':
                most = 1;
                rest_.remove_prefix(1);
                break;
            case '{':
                if (!read_counts(least, most)) return false;
                break;
            default:
                return true;
        }
        if (is_repeat(rest_)) {
            if (!rest_.starts_with('?')) return false;
            rest_.remove_prefix(1);
            if (is_repeat(rest_)) return false;
            make_opaque(begin);  // as few as possible
            return true;
        }
        if (to_.steps_.size() != begin + 1) {
            make_opaque(begin);
            return true;
        }
        Step& last = to_.steps_.back();
        if (last.kind == Kind::literal && last.size == 1) {
            Characters set{};
            set[static_cast<std::uint8_t>(to_.text_[last.at])] = inside;
            to_.steps_.pop_back();
            add_run(set);
        }
        if (to_.steps_.back().kind != Kind::run) {
            make_opaque(begin);
            return true;
        }
        to_.steps_.back().least = least;
        to_.steps_.back().most = most;
        return true;
    }

    bool read_counts(std::uint32_t& least, std::uint32_t& most) {
        const std::size_t end = rest_.find('}');
        if (end == std::string_view::npos) return false;
        const std::string_view inside_braces = rest_.substr(1, end - 1);
        const std::size_t comma = inside_braces.find(',');
        if (!read_number(inside_braces.substr(0, comma), least)) return false;
        most = least;
        if (comma != std::string_view::npos) {
            const std::string_view upper = inside_braces.substr(comma + 1);
            most = kEndless;
            if (!upper.empty() && !read_number(upper, most)) return false;
        }
        rest_.remove_prefix(end + 1);
        return true;
    }

    static bool read_number(std::string_view text, std::uint32_t& number) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() &&
               number <= kMostRepeats;
    }

    void add_literal(std::string_view bytes) {
        to_.steps_.push_back({.kind = Kind::literal,
                              .at = static_cast<std::uint32_t>(to_.text_.size()),
                              .size = static_cast<std::uint32_t>(bytes.size())});
        to_.text_ += bytes;
    }

    template <typename Belonging>
    static void add_class(Characters& set, Belonging belongs, bool negated) {
        for (std::size_t c = 0; c < 0x80; ++c) {
            if (belongs(static_cast<char>(c)) != negated) set[c] = inside;
        }
        if (negated) std::fill(set.begin() + 0x80, set.end(), unclear);
    }

    template <typename Belonging>
    void add_run(Belonging belongs, bool beyond_ascii) {
        Characters set{};
        add_class(set, belongs, false);
        if (beyond_ascii) std::fill(set.begin() + 0x80, set.end(), unclear);
        add_run(set);
    }

    void add_run(const Characters& set) {
        to_.steps_.push_back({.kind = Kind::run, .at = static_cast<std::uint32_t>(to_.sets_.size())});
        to_.sets_.push_back(set);
    }

    void make_opaque(std::size_t begin) {
        to_.steps_.resize(begin);
        to_.steps_.push_back({.kind = Kind::opaque});
    }

    std::string_view rest_;
    PlainRegex& to_;
    std::uint32_t groups_ = 0;
    bool alternatives_ = false;  // at the outside
};

std::optional<PlainRegex> PlainRegex::parse(std::string_view pattern) {
    PlainRegex made;
    if (!Parser(pattern, made).read()) return std::nullopt;
    made.settle();
    return made;
}

}  // namespace earshot::respond::rules
