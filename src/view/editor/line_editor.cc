#include "view/editor/line_editor.h"

#include <algorithm>
#include <cwctype>
#include <utility>

#include "text/code_point.h"

namespace earshot::view {
namespace {

constexpr std::size_t kMaxKilled = 8;  // entries of the kill ring

EditorResult done(Action action = Action::redraw) { return {.action = action}; }
EditorResult redraw_if(bool changed) { return done(changed ? Action::redraw : Action::bell); }

std::string_view common_start(const std::vector<std::string>& texts) {
    std::string_view common = texts.front();
    for (const std::string& text : texts) {
        const auto end = std::mismatch(common.begin(), common.end(), text.begin(), text.end()).first;
        common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
    }
    // Never half a character.
    while (!common.empty() && !text::code_point_before(common, common.size()).valid) common.remove_suffix(1);
    return common;
}

}  // namespace

LineEditor::LineEditor(History& history, Completer completer) : history_(history), completer_(std::move(completer)) {}

std::string_view LineEditor::line() const {
    return search_ && match_ < history_.size() ? std::string_view(history_[match_]) : std::string_view(buffer_.text());
}

std::size_t LineEditor::cursor() const { return search_ && match_ < history_.size() ? match_at_ : buffer_.cursor(); }

EditorResult LineEditor::press(const Key& key) {
    if (std::exchange(quoting_, false)) return quoted_key(key);
    return search_ ? search_key(key) : editing_key(key);
}

// The key after Ctrl-V goes into the line as the character that it sends.
EditorResult LineEditor::quoted_key(const Key& key) {
    switch (key.code) {
        case KeyCode::character:
            return type(key.ctrl ? key.character & 0x1f : key.character);
        case KeyCode::enter:
            return type('\r');
        case KeyCode::tab:
            return type('\t');
        case KeyCode::escape:
            return type(0x1b);
        case KeyCode::backspace:
            return type(0x7f);
        case KeyCode::paste:
            return insert_paste(key);
        default:
            return {};
    }
}

EditorResult LineEditor::type(char32_t character) {
    std::string text;
    text::append_code_point(text, character);
    return redraw_if(buffer_.replace(buffer_.cursor(), buffer_.cursor(), text, EditBuffer::Origin::typed_on));
}

// One line goes into the line, without the line break at its end that copying a whole line brings along.
EditorResult LineEditor::insert_paste(const Key& key) {
    std::string_view text = key.text;
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.find('\n') != std::string_view::npos) {
        return {.action = Action::paste_block, .text = std::string(text), .paste_cut = key.cut};
    }
    EditorResult result =
        redraw_if(buffer_.replace(buffer_.cursor(), buffer_.cursor(), text, EditBuffer::Origin::pasted));
    result.paste_cut = key.cut;
    return result;
}

EditorResult LineEditor::move(std::size_t to) { return done(buffer_.move(to) ? Action::redraw : Action::none); }

EditorResult LineEditor::erase(std::size_t begin, std::size_t end) {
    return redraw_if(begin != end && buffer_.replace(begin, end, ""));
}

// Kills one after the other make one entry of the ring.
EditorResult LineEditor::kill(std::size_t begin, std::size_t end, Last side) {
    if (begin == end) return done(Action::none);
    const std::string_view text = std::string_view(buffer_.text()).substr(begin, end - begin);
    if (ring_.empty() || (previous_ != Last::kill_left && previous_ != Last::kill_right)) {
        ring_.emplace_front();
        if (ring_.size() > kMaxKilled) ring_.pop_back();
    }
    Killed& killed = ring_.front();
    if (killed.text.size() + text.size() > EditBuffer::kMaxSize) killed.text.clear();
    killed.text.insert(side == Last::kill_left ? 0 : killed.text.size(), text);
    killed.pasted |= buffer_.holds_pasted(begin, end);
    last_ = side;
    buffer_.replace(begin, end, "");
    return done();
}

EditorResult LineEditor::yank() {
    if (ring_.empty()) return done(Action::bell);
    yanked_begin_ = buffer_.cursor();
    yanked_index_ = 0;
    last_ = Last::yank;
    const Killed& killed = ring_.front();
    return redraw_if(buffer_.replace(yanked_begin_, yanked_begin_, killed.text,
                                     killed.pasted ? EditBuffer::Origin::pasted : EditBuffer::Origin::typed));
}

EditorResult LineEditor::yank_older() {
    if (previous_ != Last::yank || ring_.empty()) return done(Action::bell);
    const std::size_t end = yanked_begin_ + ring_[yanked_index_].text.size();
    const std::size_t next = (yanked_index_ + 1) % ring_.size();
    const Killed& killed = ring_[next];
    if (!buffer_.replace(yanked_begin_, end, killed.text,
                         killed.pasted ? EditBuffer::Origin::pasted : EditBuffer::Origin::typed)) {
        return done(Action::bell);
    }
    yanked_index_ = next;
    last_ = Last::yank;
    return done();
}

// The character before the cursor and the one at it change places; at the end of the line the last two.
EditorResult LineEditor::transpose() {
    std::size_t middle = buffer_.cursor();
    if (middle == buffer_.text().size()) middle = buffer_.character_left(middle);
    const std::size_t begin = buffer_.character_left(middle);
    const std::size_t end = buffer_.character_right(middle);
    if (begin == middle || middle == end) return done(Action::bell);
    const std::string& text = buffer_.text();
    return redraw_if(
        buffer_.replace(begin, end, text.substr(middle, end - middle) + text.substr(begin, middle - begin)));
}

EditorResult LineEditor::change_case(Case to) {
    const std::size_t begin = buffer_.cursor();
    const std::size_t end = buffer_.word_right(begin);
    if (begin == end) return done(Action::bell);
    const std::string& text = buffer_.text();
    std::string changed;
    bool capital = to == Case::capital;
    for (std::size_t at = begin; at < end;) {
        const text::CodePoint point = text::code_point_at(text, at);
        const auto letter = static_cast<wint_t>(point.value);
        const bool up = to == Case::upper || capital;
        if (std::iswalpha(letter)) capital = false;
        if (point.valid) {
            text::append_code_point(changed, static_cast<char32_t>(up ? std::towupper(letter) : std::towlower(letter)));
        } else {
            changed.append(text, at, point.size);
        }
        at += point.size;
    }
    return redraw_if(buffer_.replace(begin, end, changed));
}

EditorResult LineEditor::undo() { return redraw_if(buffer_.undo()); }

EditorResult LineEditor::complete() {
    if (!completer_) return done(Action::bell);
    Completion found = completer_(buffer_.text(), buffer_.cursor());
    if (found.candidates.empty() || found.begin > found.end || found.end > buffer_.text().size()) {
        return done(Action::bell);
    }
    const std::string_view common = common_start(found.candidates);
    const std::string_view now = std::string_view(buffer_.text()).substr(found.begin, found.end - found.begin);
    const bool alone = found.candidates.size() == 1;
    if (common != now && (alone || common.size() >= now.size())) {
        return redraw_if(buffer_.replace(found.begin, found.end, common));
    }
    if (alone) return move(found.end);
    EditorResult result = done(Action::list);
    result.candidates = std::move(found.candidates);
    return result;
}

EditorResult LineEditor::accept() { return done(Action::accepted); }

EditorResult LineEditor::interrupt() {
    EditorResult result = done(Action::interrupt);
    result.text = take_line();
    return result;
}

EditorResult LineEditor::remove_or_eof() {
    if (buffer_.text().empty()) return done(Action::eof);
    return erase(buffer_.cursor(), buffer_.character_right(buffer_.cursor()));
}

std::string LineEditor::take_line() {
    end_search(true);
    entry_.reset();
    draft_ = {};
    last_ = Last::other;
    return buffer_.take();
}

void LineEditor::set_line(std::string_view line, bool pasted) {
    end_search(false);
    buffer_.replace(0, buffer_.text().size(), line, pasted ? EditBuffer::Origin::pasted : EditBuffer::Origin::typed);
}

}  // namespace earshot::view
