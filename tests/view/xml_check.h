// Whether a text is a well-formed XML document of the kind that an SVG of ours is: elements, attributes in double
// quotes, text, the five entities; no comments, CDATA or DTD.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/code_point.h"

namespace earshot::view {

class XmlCheck {
  public:
    // Empty: well-formed; else what is wrong.
    static std::string problem_of(std::string_view document) {
        for (std::size_t at = 0; at < document.size();) {
            const text::CodePoint point = text::code_point_at(document, at);
            const bool control = point.value < 0x20 && point.value != '\n' && point.value != '\t';
            if (!point.valid || control || point.value == 0xfffe || point.value == 0xffff) return "forbidden character";
            at += point.size;
        }
        constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        if (!document.starts_with(kDeclaration)) return "no declaration";
        return XmlCheck(document.substr(kDeclaration.size())).walk();
    }

  private:
    explicit XmlCheck(std::string_view rest) : rest_(rest) {}

    std::string walk() {
        bool begun = false;
        while (!rest_.empty()) {
            const std::size_t tag = rest_.find('<');
            const std::string_view text = rest_.substr(0, tag);
            if (!is_text(text)) return "bad text: " + std::string(text.substr(0, 80));
            if (open_.empty() && text.find_first_not_of('\n') != std::string_view::npos) return "text outside";
            if (tag == std::string_view::npos) break;
            if (open_.empty() && begun) return "two roots";
            begun = true;
            rest_.remove_prefix(tag + 1);
            if (const std::string problem = this->tag(); !problem.empty()) return problem;
        }
        return open_.empty() && begun ? "" : "not closed";
    }

    std::string tag() {
        const bool closes = rest_.starts_with('/');
        if (closes) rest_.remove_prefix(1);
        const std::string_view name = word();
        if (name.empty()) return "no name";
        if (closes) {
            if (open_.empty() || open_.back() != name) return "closes another: " + std::string(name);
            open_.pop_back();
            return eat(">") ? "" : "no end of tag";
        }
        while (eat(" ")) {
            if (word().empty() || !eat("=\"")) return "bad attribute";
            const std::size_t quote = rest_.find('"');
            if (quote == std::string_view::npos || rest_.substr(0, quote).find('<') != std::string_view::npos ||
                !is_text(rest_.substr(0, quote))) {
                return "bad value";
            }
            rest_.remove_prefix(quote + 1);
        }
        if (eat("/>")) return "";
        if (!eat(">")) return "no end of tag";
        open_.push_back(name);
        return "";
    }

    static bool is_text(std::string_view text) {
        for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
            const std::string_view entity = text.substr(at);
            if (!entity.starts_with("&amp;") && !entity.starts_with("&lt;") && !entity.starts_with("&gt;") &&
                !entity.starts_with("&quot;") && !entity.starts_with("&apos;")) {
                return false;
            }
        }
        return text.find("]]>") == std::string_view::npos;
    }
    std::string_view word() {
        std::size_t size = 0;
        const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; };
        while (size < rest_.size() &&
               (is_letter(rest_[size]) || (size > 0 && rest_[size] >= '0' && rest_[size] <= '9')))
            ++size;
        const std::string_view found = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return found;
    }
    bool eat(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    std::string_view rest_;
    std::vector<std::string_view> open_;
};

}  // namespace earshot::view
