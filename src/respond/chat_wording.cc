#include "respond/chat_wording.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "text/code_point.h"
#include "text/encoder.h"
#include "text/safe.h"

namespace earshot::respond {

std::vector<std::string_view> safe_lines(std::string_view text, std::span<const MalformedUnit> malformed,
                                         std::string& space) {
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    constexpr std::string_view kMarkShown = "\\u{feff}";
    space.clear();
    text::append_safe(text, malformed, {.reverse_video = false, .lines = true}, space);
    std::string_view rest = space;
    if (text.starts_with(kMark) && rest.starts_with(kMarkShown)) rest.remove_prefix(kMarkShown.size());
    std::vector<std::string_view> lines;
    for (;;) {
        const std::size_t end = rest.find('\n');
        lines.push_back(rest.substr(0, end));
        if (end == std::string_view::npos) return lines;
        rest.remove_prefix(end + 1);
    }
}

Misfits append_encoded(const text::Encoding& encoding, std::string_view line, std::string_view eol,
                       std::vector<std::uint8_t>& bytes) {
    Misfits misfits;
    if (&encoding == &text::utf8()) {
        for (const ByteView each : {as_bytes(line), as_bytes(eol)}) bytes.insert(bytes.end(), each.begin(), each.end());
        return misfits;
    }
    text::Encoder encoder(encoding);
    while (const auto refusal = encoder.encode(line, bytes)) {
        const text::CodePoint point = text::code_point_at(line, refusal->text_at);
        if (misfits.count++ == 0) {
            misfits.first = line.substr(refusal->text_at, point.size);
            misfits.first_code = point.value;
        }
        // Where even that cannot be said the character is left out, and counted.
        static_cast<void>(encoder.encode(fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(point.value)), bytes));
        line.remove_prefix(refusal->text_at + point.size);
    }
    static_cast<void>(encoder.encode(eol, bytes));
    encoder.finish(bytes);
    return misfits;
}

}  // namespace earshot::respond
