// LineEditor's way through the history: one by one, and the incremental search.
#include <algorithm>
#include <utility>

#include "text/code_point.h"
#include "text/grapheme.h"
#include "view/editor/line_editor.h"

namespace earshot::view {
namespace {

constexpr std::size_t kMaxPattern = 1024;  // bytes of a search

EditorResult done(Action action = Action::redraw) { return {.action = action}; }

}  // namespace

EditorResult LineEditor::show_entry(std::optional<std::size_t> entry) {
    if (!entry_) draft_ = {buffer_.text(), buffer_.starts_pasted()};
    entry_ = entry;
    const bool pasted = !entry && draft_.pasted;
    const bool fits = buffer_.replace(0, buffer_.text().size(), entry ? history_[*entry] : draft_.text,
                                      pasted ? EditBuffer::Origin::pasted : EditBuffer::Origin::typed);
    return done(fits ? Action::redraw : Action::bell);
}

EditorResult LineEditor::older() {
    const std::size_t here = std::min(entry_.value_or(history_.size()), history_.size());
    return here == 0 ? done(Action::bell) : show_entry(here - 1);
}

EditorResult LineEditor::newer() {
    if (!entry_) return done(Action::bell);
    return *entry_ + 1 < history_.size() ? show_entry(*entry_ + 1) : show_entry(std::nullopt);
}

EditorResult LineEditor::start_search() {
    search_.emplace();
    match_ = history_.size();
    match_at_ = 0;
    return done();
}

EditorResult LineEditor::search_key(const Key& key) {
    const bool letter = key.code == KeyCode::character;
    const bool older =
        key.code == KeyCode::up || (letter && key.ctrl && (key.character == 'r' || key.character == 'p'));
    const bool newer =
        key.code == KeyCode::down || (letter && key.ctrl && (key.character == 's' || key.character == 'n'));
    if (older || newer) {
        if (search_->pattern.empty()) return look_for(last_pattern_, older, false);
        return look_for(search_->pattern, older, true);
    }
    if (letter && !key.ctrl && !key.alt) {
        std::string pattern = search_->pattern;
        text::append_code_point(pattern, key.character);
        return pattern.size() > kMaxPattern ? done(Action::bell) : look_for(std::move(pattern), true, false);
    }
    if (key.code == KeyCode::backspace || (letter && key.ctrl && key.character == 'h')) {
        std::string pattern = search_->pattern;
        if (pattern.empty()) return done(Action::bell);
        pattern.resize(text::previous_grapheme(pattern, pattern.size()));
        match_ = history_.size();
        return look_for(std::move(pattern), true, false);
    }
    if (letter && key.ctrl && key.character == 'g') {
        end_search(false);
        return done();
    }
    const bool interrupts = letter && key.ctrl && key.character == 'c';
    end_search(!interrupts);
    if (key.code == KeyCode::escape) return done();
    EditorResult result = editing_key(key);
    if (result.action == Action::none || result.action == Action::bell) result.action = Action::redraw;
    return result;
}

// `beyond` the entry that shows; else it may stay where it fits the pattern as well.
EditorResult LineEditor::look_for(std::string pattern, bool older, bool beyond) {
    const std::size_t size = history_.size();
    search_->pattern = std::move(pattern);
    search_->found = true;
    if (search_->pattern.empty()) return done();
    last_pattern_ = search_->pattern;
    std::size_t at = match_ < size ? match_ : std::min(entry_.value_or(size), size);
    const auto step = [&] { return older ? at-- > 0 : ++at < size; };
    if (at >= size || beyond) {
        if (!step()) at = size;
    }
    while (at < size) {
        const std::size_t found = history_[at].find(search_->pattern);
        const bool same_as_shown = beyond && match_ < size && history_[at] == history_[match_];
        if (found != std::string::npos && !same_as_shown) {
            match_ = at;
            match_at_ = found;
            return done();
        }
        if (!step()) break;
    }
    search_->found = false;
    return done(Action::bell);
}

void LineEditor::end_search(bool keep) {
    if (!search_) return;
    const std::size_t match = match_;
    search_.reset();
    if (!keep || match >= history_.size()) return;
    const std::size_t at = match_at_;
    show_entry(match);
    buffer_.move(at);
}

}  // namespace earshot::view
