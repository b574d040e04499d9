#include "view/editor/edit_buffer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "text/code_point.h"
#include "text/grapheme.h"

namespace earshot::view {
namespace {

constexpr std::size_t kMaxTypedTogether = 64;  // bytes undone at once

bool is_word(char32_t value) {
    if (value < 0x80) {
        return (value >= '0' && value <= '9') || (value >= 'A' && value <= 'Z') || (value >= 'a' && value <= 'z');
    }
    const bool latin_sign = value < 0xc0 && value != 0xaa && value != 0xb5 && value != 0xba;
    const bool general_sign = value >= 0x2000 && value < 0x2070 && value != 0x200c && value != 0x200d;
    const bool cjk_sign = value >= 0x3000 && value < 0x3040 && (value < 0x3005 || value > 0x3007);
    const bool full_width_sign = (value >= 0xff00 && value < 0xff10) || (value >= 0xff1a && value < 0xff21) ||
                                 (value >= 0xff3b && value < 0xff41) || (value >= 0xff5b && value < 0xff66);
    return !latin_sign && !general_sign && !cjk_sign && !full_width_sign;
}

bool is_blank(char32_t value) { return value == ' ' || value == '\t' || value == '\n' || value == 0x3000; }

// Letters by their first byte, to get over a long word fast: two bytes from C3 on, three of CJK and Hangul. Each test
// below says the same about all of them.
std::size_t letter_size(std::uint8_t lead) {
    if (lead >= 0xe4 && lead <= 0xec) return 3;
    return lead >= 0xc3 && lead <= 0xdf ? 2 : 0;
}

bool continues(std::string_view text, std::size_t at, std::size_t size) {
    return (text[at + 1] & 0xc0) == 0x80 && (size == 2 || (text[at + 2] & 0xc0) == 0x80);
}

// Over what satisfies `test`, from `at` on or back from it.
template <typename Test>
std::size_t skip_right(std::string_view text, std::size_t at, Test test) {
    const bool letters = test(U'a');
    while (at < text.size()) {
        const auto byte = static_cast<std::uint8_t>(text[at]);
        const std::size_t size = letter_size(byte);
        if (byte < 0x80) {
            if (!test(byte)) break;
            ++at;
        } else if (letters && size > 0 && size <= text.size() - at && continues(text, at, size)) {
            at += size;
        } else {
            const text::CodePoint point = text::code_point_at(text, at);
            if (!test(point.value)) break;
            at += point.size;
        }
    }
    return at;
}
template <typename Test>
std::size_t skip_left(std::string_view text, std::size_t at, Test test) {
    const bool letters = test(U'a');
    const auto letter_ends = [&](std::size_t size) {
        return at >= size && letter_size(static_cast<std::uint8_t>(text[at - size])) == size &&
               continues(text, at - size, size);
    };
    while (at > 0) {
        const auto byte = static_cast<std::uint8_t>(text[at - 1]);
        if (byte < 0x80) {
            if (!test(byte)) break;
            --at;
        } else if (letters && letter_ends(3)) {
            at -= 3;
        } else if (letters && letter_ends(2)) {
            at -= 2;
        } else {
            const text::CodePoint point = text::code_point_before(text, at);
            if (!test(point.value)) break;
            at -= point.size;
        }
    }
    return at;
}

constexpr auto kWord = [](char32_t value) { return is_word(value); };
constexpr auto kNoWord = [](char32_t value) { return !is_word(value); };
constexpr auto kBlank = [](char32_t value) { return is_blank(value); };
constexpr auto kNoBlank = [](char32_t value) { return !is_blank(value); };

}  // namespace

bool EditBuffer::replace(std::size_t begin, std::size_t end, std::string_view with, Origin origin) {
    EARSHOT_CHECK(begin <= end && end <= text_.size());
    if (with.size() > kMaxSize || text_.size() - (end - begin) > kMaxSize - with.size()) return false;
    if (origin == Origin::typed_on && joins_last(begin, end, with)) {
        edits_.back().inserted += with.size();
    } else {
        edits_.push_back({begin, with.size(), cursor_, pasted_begin_, pasted_end_, text_.substr(begin, end - begin),
                          origin == Origin::typed_on});
        undo_size_ += end - begin + sizeof(Edit);
        trim_undo();
    }
    text_.replace(begin, end - begin, with);
    note_pasted(begin, end, with.size(), origin == Origin::pasted);
    cursor_ = text::grapheme_ceil(text_, begin + with.size());
    return true;
}

// Words come back one at a time: a space after a word begins the next change.
bool EditBuffer::joins_last(std::size_t begin, std::size_t end, std::string_view with) const {
    if (edits_.empty() || begin != end) return false;
    const Edit& last = edits_.back();
    return last.grows && last.at + last.inserted == begin && last.inserted < kMaxTypedTogether &&
           !(with == " " && text_[begin - 1] != ' ');
}

void EditBuffer::note_pasted(std::size_t begin, std::size_t end, std::size_t inserted, bool pasted) {
    const auto shifted = [&](std::size_t at) { return at - (end - begin) + inserted; };
    if (pasted_begin_ < pasted_end_) {
        if (pasted_begin_ >= end) {
            pasted_begin_ = shifted(pasted_begin_);
        } else if (pasted_begin_ >= begin) {
            pasted_begin_ = begin + inserted;
        }
        if (pasted_end_ >= end && pasted_end_ > begin) {
            pasted_end_ = shifted(pasted_end_);
        } else if (pasted_end_ > begin) {
            pasted_end_ = begin;
        }
    }
    if (pasted_begin_ >= pasted_end_) pasted_begin_ = pasted_end_ = 0;
    if (!pasted || inserted == 0) return;
    const bool first = pasted_begin_ == pasted_end_;
    pasted_begin_ = first ? begin : std::min(pasted_begin_, begin);
    pasted_end_ = first ? begin + inserted : std::max(pasted_end_, begin + inserted);
}

void EditBuffer::trim_undo() {
    while (undo_size_ > kMaxUndoSize && edits_.size() > 1) {
        undo_size_ -= edits_.front().removed.size() + sizeof(Edit);
        edits_.pop_front();
    }
}

bool EditBuffer::move(std::size_t to) { return std::exchange(cursor_, text::grapheme_floor(text_, to)) != cursor_; }

bool EditBuffer::undo() {
    if (edits_.empty()) return false;
    const Edit& last = edits_.back();
    text_.replace(last.at, last.inserted, last.removed);
    cursor_ = last.cursor;
    pasted_begin_ = last.pasted_begin;
    pasted_end_ = last.pasted_end;
    undo_size_ -= last.removed.size() + sizeof(Edit);
    edits_.pop_back();
    return true;
}

std::string EditBuffer::take() { return std::move(std::exchange(*this, EditBuffer{}).text_); }

std::size_t EditBuffer::character_left(std::size_t at) const { return text::previous_grapheme(text_, at); }
std::size_t EditBuffer::character_right(std::size_t at) const { return text::next_grapheme(text_, at); }

std::size_t EditBuffer::word_left(std::size_t at) const {
    return text::grapheme_floor(text_, skip_left(text_, skip_left(text_, at, kNoWord), kWord));
}
std::size_t EditBuffer::word_right(std::size_t at) const {
    return text::grapheme_ceil(text_, skip_right(text_, skip_right(text_, at, kNoWord), kWord));
}
std::size_t EditBuffer::blank_left(std::size_t at) const {
    return text::grapheme_floor(text_, skip_left(text_, skip_left(text_, at, kBlank), kNoBlank));
}

}  // namespace earshot::view
