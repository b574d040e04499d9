#include "app/line_ends.h"

namespace earshot::app {

void LineEnds::rewrite(std::string_view in, std::string& out) {
    while (!in.empty()) {
        const std::size_t at = in.find('\n');
        const std::string_view line = in.substr(0, at);
        out += line;
        if (!line.empty()) after_cr_ = line.back() == '\r';
        if (at == std::string_view::npos) return;
        in.remove_prefix(at + 1);
        std::string_view end = end_;
        if (after_cr_ && end.starts_with('\r')) end.remove_prefix(1);
        out += end;
        after_cr_ = false;
    }
}

std::size_t LineEnds::source_size(std::string_view in, std::size_t size) const {
    LineEnds again = *this;
    std::string made;
    std::size_t at = 0;
    while (at < in.size() && made.size() < size) again.rewrite(in.substr(at++, 1), made);
    return at;
}

Status LineEndsTransform::apply(ByteView in, std::vector<std::uint8_t>& out) {
    text_.clear();
    ends_.rewrite(as_chars(in), text_);
    const ByteView bytes = as_bytes(text_);
    out.insert(out.end(), bytes.begin(), bytes.end());
    return Ok{};
}

Status LineEndsTransform::finish(std::vector<std::uint8_t>&) { return Ok{}; }

}  // namespace earshot::app
