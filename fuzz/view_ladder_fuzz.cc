// Rows of a ladder with any content in every form: text keeps its width and holds nothing that steers a terminal, SVG
// is well-formed XML, JSON parses, and Mermaid's statements stay lines of their own.
#include <boost/json/parse.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "tests/view/xml_check.h"
#include "text/code_point.h"
#include "text/safe.h"
#include "text/width.h"
#include "view/ladder/renderings.h"
#include "view/ladder/text_ladder.h"

namespace {

using namespace earshot;         // NOLINT(google-build-using-namespace)
using namespace earshot::trace;  // NOLINT(google-build-using-namespace)

// The input as a source of choices.
class Choices {
  public:
    Choices(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), size_(size) {}
    bool left() const { return size_ > 0; }
    std::uint64_t number(int bytes) {
        std::uint64_t value = 0;
        for (; bytes > 0 && size_ > 0; --bytes, ++bytes_, --size_) value = value << 8 | *bytes_;
        return value;
    }
    bool yes() { return (number(1) & 1) != 0; }
    template <typename Enum>
    Enum one_of(Enum last) {
        return static_cast<Enum>(number(1) % (static_cast<std::uint64_t>(last) + 1));
    }
    std::string bytes() {
        const std::size_t size = std::min<std::size_t>(number(1), size_);
        std::string taken(reinterpret_cast<const char*>(bytes_), size);
        bytes_ += size;
        size_ -= size;
        return taken;
    }
    std::optional<WallTime> time() {
        if (!yes()) return std::nullopt;
        return WallTime(std::chrono::nanoseconds(static_cast<std::int64_t>(number(8) >> 2)));
    }
    std::optional<StateChange> state() {
        if (!yes()) return std::nullopt;
        return StateChange{one_of(State::time_wait), one_of(Sight::inferred)};
    }

  private:
    const std::uint8_t* bytes_;
    std::size_t size_;
};

SegmentRow segment(Choices& choose) {
    SegmentRow row;
    Segment& it = row.segment;
    it.sent_at = choose.time();
    it.arrived_at = choose.time();
    it.from = choose.one_of(End::server);
    it.seq = static_cast<std::uint32_t>(choose.number(4));
    it.ack = static_cast<std::uint32_t>(choose.number(2));
    it.flags = static_cast<std::uint8_t>(choose.number(1));
    it.payload = choose.bytes();
    it.length = static_cast<std::uint32_t>(it.payload.size() + (choose.yes() ? choose.number(4) % 70'000 : 0));
    if (choose.yes()) it.options.mss = static_cast<std::uint16_t>(choose.number(2));
    if (choose.yes()) it.options.sack = {{1, 2}, {3, static_cast<std::uint32_t>(choose.number(4))}};
    row.sight = choose.one_of(Sight::inferred);
    row.numbers_known = choose.yes();
    row.seq = static_cast<std::uint32_t>(choose.number(4));
    row.ack = static_cast<std::uint32_t>(choose.number(4));
    row.window = choose.number(4);
    for (auto marks = choose.number(1) % 4; marks > 0; --marks) {
        row.marks.push_back({choose.one_of(Remark::unexpected), static_cast<std::uint32_t>(choose.number(4))});
    }
    return row;
}

Row row(Choices& choose) {
    Row made;
    made.time = choose.time();
    if (choose.yes()) made.delta = std::chrono::nanoseconds(static_cast<std::int64_t>(choose.number(8)));
    made.client = choose.state();
    made.server = choose.state();
    const auto kind = choose.number(1) % 4;
    if (kind < 2) {
        made.body = segment(choose);
    } else if (kind == 2) {
        made.body = FoldRow{{choose.number(8), choose.number(8), choose.number(2)},
                            {choose.number(1), choose.number(8), 0},
                            choose.one_of(Sight::inferred)};
    } else {
        made.body = NoteRow{choose.one_of(NoteRow::Kind::account), choose.number(4), Account{}};
    }
    return made;
}

void check_line(std::string_view line, int width) {
    EARSHOT_CHECK(text::text_width(line) <= width);
    for (std::size_t at = 0; at < line.size();) {
        const text::CodePoint point = text::code_point_at(line, at);
        EARSHOT_CHECK(point.valid && !text::is_unsafe(point.value, false));
        at += point.size;
    }
}

void check_json(std::string_view line) {
    EARSHOT_CHECK(line.ends_with('\n') && line.find('\n') == line.size() - 1);
    boost::system::error_code error;
    boost::json::parse(boost::json::string_view(line.data(), line.size()), error);
    EARSHOT_CHECK(!error);
}

void check_mermaid(std::string_view statements) {
    for (const char c : statements) EARSHOT_CHECK(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    EARSHOT_CHECK(statements.empty() || statements.ends_with('\n'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    Choices choose(input, size);
    view::LadderLook look;
    look.width = static_cast<int>(choose.number(1));
    look.explain = choose.yes();
    look.windows = choose.yes();
    const auto known = text::encodings();
    const auto chosen = choose.number(1);
    look.encodings.from_client = chosen < known.size() ? &known[chosen] : nullptr;
    Heading heading{choose.bytes(), choose.bytes(), {}, choose.one_of(Source::file), choose.bytes()};
    look.label = "c1";

    view::TextLadder text(look);
    const auto svg = view::find_rendering("svg")->make(look);
    const auto json = view::find_rendering("json")->make(look);
    const auto mermaid = view::find_rendering("mermaid")->make(look);
    for (const std::string& line : text.head(heading)) check_line(line, std::max(look.width, 1));
    svg->begin(heading);
    check_json(json->begin(heading));
    check_mermaid(mermaid->begin(heading));
    while (choose.left()) {
        const Row made = row(choose);
        const auto lines = text.lines(made);
        EARSHOT_CHECK(!lines.empty());
        for (const std::string& line : lines) check_line(line, std::max(look.width, 1));
        svg->row(made);
        check_json(json->row(made));
        check_mermaid(mermaid->row(made));
    }
    EARSHOT_CHECK(view::XmlCheck::problem_of(svg->end()).empty());
    return 0;
}
