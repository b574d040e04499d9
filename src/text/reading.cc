#include "text/reading.h"

#include "text/code_point.h"
#include "text/letter_score.h"

namespace earshot::text {
namespace {

constexpr int kErrorScore = -30;

}  // namespace

Reading::Reading(const Encoding& encoding) : decoder_(encoding), common_(common_characters(encoding)) {}

void Reading::read(ByteView bytes, Space& space) {
    space.raw.assign(as_chars(decoder_.held_bytes()));
    space.raw.append(as_chars(bytes));
    space.text.clear();
    space.runs.clear();
    decoder_.decode(bytes, space.text, space.runs);
    judge(space);
}

void Reading::end_message(Space& space) {
    space.raw.assign(as_chars(decoder_.held_bytes()));
    space.text.clear();
    space.runs.clear();
    decoder_.flush(space.text, space.runs);
    judge(space);
    last_ = '\n';
}

void Reading::judge(const Space& space) {
    ByteView raw = as_bytes(space.raw);
    std::string_view text = space.text;
    for (const Run& run : space.runs) {
        if (run.kind == RunKind::error) {
            sum_ += kErrorScore;
            ++units_;
            ++errors_;
            last_ = 0xFFFD;
        } else if (run.kind == RunKind::text && run.text_unit == 1) {
            last_ = static_cast<std::uint8_t>(text[run.text_size - 1]);
        } else if (run.kind == RunKind::text) {
            judge_units(raw.first(run.raw_size), text.substr(0, run.text_size), run);
        }
        raw = raw.subspan(run.raw_size);
        text.remove_prefix(run.text_size);
    }
}

void Reading::judge_units(ByteView raw, std::string_view text, const Run& run) {
    const std::uint32_t count = run.raw_size / run.raw_unit;
    units_ += count;
    if (errors_ == 0) {
        sequences_ += count;
        if (run.text_unit > 2) long_sequences_ += count;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        const char32_t character = code_point_at(text, i * std::size_t{run.text_unit}).value;
        sum_ += score(raw.subspan(i * std::size_t{run.raw_unit}, run.raw_unit), character);
        last_ = character;
        has_latin_ |= character < 0x250;
    }
}

int Reading::score(ByteView unit, char32_t character) {
    if (encoding().score == nullptr) return letter_score(last_, character);
    const int common = common_score(common_, character);
    if (common > 0) ++commons_;
    return encoding().score(unit) + common;
}

bool Reading::is_better_than(const Reading& other) const {
    if (units_ == 0 || other.units_ == 0) return units_ > other.units_;
    return sum_ * other.units_ > other.sum_ * units_;
}

}  // namespace earshot::text
