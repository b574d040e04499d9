#include "view/console/message_lines.h"

#include "base/i18n.h"
#include "text/grapheme.h"
#include "text/safe.h"
#include "view/hex.h"

namespace earshot::view {

namespace {

void add_rows(std::string_view head, std::string_view body, std::vector<std::string>& lines) {
    std::string row(head);
    std::size_t at = 0;
    for (;;) {
        const std::size_t end = body.find('\n', at);
        row += body.substr(at, end == std::string_view::npos ? end : end - at);
        lines.push_back(std::move(row));
        if (end == std::string_view::npos) return;
        at = end + 1;
        row = "  | ";
    }
}

std::string_view without_last_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

}  // namespace

namespace {

// Whether a row may end before byte `at`: no word is cut, and no closing mark begins a row.
bool breaks_at(std::string_view text, std::size_t at) {
    if (text[at] == ' ') return true;
    for (const std::string_view mark : {"，", "。", "；", "：", "、", "）", "？", "！", "”"}) {
        if (text.substr(at).starts_with(mark)) return false;
    }
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    return !is_ascii(text[at]) || (!is_ascii(text[at - 1]) && text[at] != ')');
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, int columns, text::Ambiguous ambiguous) {
    std::vector<std::string> rows;
    while (text::text_width(text, ambiguous) > columns) {
        const std::size_t most = text::cut_to_width(text, columns, ambiguous).size();
        if (most == 0) break;  // one character wider than the room
        std::size_t end = most;
        while (end > 0 && !breaks_at(text, end)) end = text::previous_grapheme(text, end);
        if (end == 0) end = most;
        rows.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
        while (text.starts_with(' ')) text.remove_prefix(1);
    }
    rows.emplace_back(text);
    return rows;
}

std::string styled(const Presentation& presentation, const char* code, std::string_view text) {
    if (!presentation.colour || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::vector<std::string> message_lines(const ShownMessage& message, const Presentation& presentation) {
    std::vector<std::string> lines;
    const std::string head = styled(presentation, "2", message.time) + styled(presentation, "1;36", message.label);
    std::size_t left_out = 0;
    const bool hex_only = presentation.view == ViewStyle::hex || !message.has_text;
    if (hex_only) {
        lines.push_back(head + tr_format("{} bytes", message.bytes.size()));
    } else {
        std::string_view text = without_last_line_end(message.text);
        if (text.size() > kShownOfMessage) {
            const std::size_t cut = text::grapheme_floor(text, kShownOfMessage);
            left_out = text.size() - cut;
            text = text.substr(0, cut);
        }
        std::size_t units = 0;
        while (units < message.malformed.size() && message.malformed[units].text_at < text.size()) ++units;
        std::string safe;
        text::append_safe(text, message.malformed.first(units), {.reverse_video = presentation.reverse}, safe);
        add_rows(head, safe, lines);
    }
    if (presentation.view != ViewStyle::text || !message.has_text) {
        std::string dump;
        const ByteView shown = message.bytes.first(std::min(message.bytes.size(), kShownOfMessage / 4));
        append_hex_dump(shown, 0, dump);
        left_out = message.bytes.size() - shown.size();
        if (!dump.empty()) dump.pop_back();
        if (!dump.empty()) add_rows("  | ", dump, lines);
    }
    if (left_out > 0) lines.push_back("  | " + tr_format("... {} more bytes of this message are not shown", left_out));
    return lines;
}

}  // namespace earshot::view
