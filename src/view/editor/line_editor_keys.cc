#include <algorithm>
#include <iterator>
#include <utility>

#include "view/editor/line_editor.h"

namespace earshot::view {
namespace {

EditorResult done(Action action) { return {.action = action}; }

}  // namespace

// What each key does, one row a key; the rest of the keys type themselves.
struct KeyBindings {
    using Act = EditorResult (*)(LineEditor&);
    struct Row {
        KeyCode code;
        char32_t character;  // of KeyCode::character
        bool ctrl;
        bool alt;
        Act act;
    };
    static const Row kRows[];

    static const Row* find(const Key& key);

    static std::size_t at(const LineEditor& e) { return e.buffer_.cursor(); }
    static std::size_t size(const LineEditor& e) { return e.buffer_.text().size(); }

    static EditorResult home(LineEditor& e) { return e.move(0); }
    static EditorResult end(LineEditor& e) { return e.move(size(e)); }
    static EditorResult left(LineEditor& e) { return e.move(e.buffer_.character_left(at(e))); }
    static EditorResult right(LineEditor& e) { return e.move(e.buffer_.character_right(at(e))); }
    static EditorResult word_left(LineEditor& e) { return e.move(e.buffer_.word_left(at(e))); }
    static EditorResult word_right(LineEditor& e) { return e.move(e.buffer_.word_right(at(e))); }
    static EditorResult erase_left(LineEditor& e) { return e.erase(e.buffer_.character_left(at(e)), at(e)); }
    static EditorResult erase_right(LineEditor& e) { return e.erase(at(e), e.buffer_.character_right(at(e))); }
    static EditorResult kill_end(LineEditor& e) { return e.kill(at(e), size(e), LineEditor::Last::kill_right); }
    static EditorResult kill_start(LineEditor& e) { return e.kill(0, at(e), LineEditor::Last::kill_left); }
    static EditorResult kill_blank(LineEditor& e) {
        return e.kill(e.buffer_.blank_left(at(e)), at(e), LineEditor::Last::kill_left);
    }
    static EditorResult kill_word_left(LineEditor& e) {
        return e.kill(e.buffer_.word_left(at(e)), at(e), LineEditor::Last::kill_left);
    }
    static EditorResult kill_word_right(LineEditor& e) {
        return e.kill(at(e), e.buffer_.word_right(at(e)), LineEditor::Last::kill_right);
    }
    static EditorResult remove_or_eof(LineEditor& e) { return e.remove_or_eof(); }
    static EditorResult yank(LineEditor& e) { return e.yank(); }
    static EditorResult yank_older(LineEditor& e) { return e.yank_older(); }
    static EditorResult transpose(LineEditor& e) { return e.transpose(); }
    static EditorResult upper(LineEditor& e) { return e.change_case(LineEditor::Case::upper); }
    static EditorResult lower(LineEditor& e) { return e.change_case(LineEditor::Case::lower); }
    static EditorResult capital(LineEditor& e) { return e.change_case(LineEditor::Case::capital); }
    static EditorResult undo(LineEditor& e) { return e.undo(); }
    static EditorResult accept(LineEditor& e) { return e.accept(); }
    static EditorResult interrupt(LineEditor& e) { return e.interrupt(); }
    static EditorResult complete(LineEditor& e) { return e.complete(); }
    static EditorResult older(LineEditor& e) { return e.older(); }
    static EditorResult newer(LineEditor& e) { return e.newer(); }
    static EditorResult oldest(LineEditor& e) { return e.history_.size() == 0 ? done(Action::bell) : e.show_entry(0); }
    static EditorResult draft(LineEditor& e) { return e.entry_ ? e.show_entry(std::nullopt) : done(Action::bell); }
    static EditorResult search(LineEditor& e) { return e.start_search(); }
    static EditorResult clear_screen(LineEditor&) { return done(Action::clear_screen); }
    static EditorResult quote(LineEditor& e) {
        e.quoting_ = true;
        return done(Action::none);
    }
};

// clang-format off
const KeyBindings::Row KeyBindings::kRows[] = {
    {KeyCode::enter,      0,    false, false, accept},
    {KeyCode::character, 'j',   true,  false, accept},
    {KeyCode::character, 'c',   true,  false, interrupt},
    {KeyCode::character, 'd',   true,  false, remove_or_eof},
    {KeyCode::tab,        0,    false, false, complete},

    {KeyCode::character, 'a',   true,  false, home},
    {KeyCode::home,       0,    false, false, home},
    {KeyCode::character, 'e',   true,  false, end},
    {KeyCode::end,        0,    false, false, end},
    {KeyCode::character, 'b',   true,  false, left},
    {KeyCode::left,       0,    false, false, left},
    {KeyCode::character, 'f',   true,  false, right},
    {KeyCode::right,      0,    false, false, right},
    {KeyCode::character, 'b',   false, true,  word_left},
    {KeyCode::left,       0,    true,  false, word_left},
    {KeyCode::left,       0,    false, true,  word_left},
    {KeyCode::character, 'f',   false, true,  word_right},
    {KeyCode::right,      0,    true,  false, word_right},
    {KeyCode::right,      0,    false, true,  word_right},

    {KeyCode::backspace,  0,    false, false, erase_left},
    {KeyCode::character, 'h',   true,  false, erase_left},
    {KeyCode::remove,     0,    false, false, erase_right},
    {KeyCode::character, 'k',   true,  false, kill_end},
    {KeyCode::character, 'u',   true,  false, kill_start},
    {KeyCode::character, 'w',   true,  false, kill_blank},
    {KeyCode::backspace,  0,    false, true,  kill_word_left},
    {KeyCode::backspace,  0,    true,  false, kill_word_left},
    {KeyCode::character, 'h',   true,  true,  kill_word_left},
    {KeyCode::character, 'd',   false, true,  kill_word_right},
    {KeyCode::remove,     0,    true,  false, kill_word_right},
    {KeyCode::remove,     0,    false, true,  kill_word_right},
    {KeyCode::character, 'y',   true,  false, yank},
    {KeyCode::character, 'y',   false, true,  yank_older},

    {KeyCode::character, 't',   true,  false, transpose},
    {KeyCode::character, 'u',   false, true,  upper},
    {KeyCode::character, 'l',   false, true,  lower},
    {KeyCode::character, 'c',   false, true,  capital},
    {KeyCode::character, '_',   true,  false, undo},
    {KeyCode::character, '/',   true,  false, undo},
    {KeyCode::character, 'v',   true,  false, quote},
    {KeyCode::character, 'q',   true,  false, quote},

    {KeyCode::character, 'p',   true,  false, older},
    {KeyCode::up,         0,    false, false, older},
    {KeyCode::character, 'n',   true,  false, newer},
    {KeyCode::down,       0,    false, false, newer},
    {KeyCode::character, '<',   false, true,  oldest},
    {KeyCode::character, '>',   false, true,  draft},
    {KeyCode::character, 'r',   true,  false, search},
    {KeyCode::character, 's',   true,  false, search},
    {KeyCode::character, 'l',   true,  false, clear_screen},
};
// clang-format on

const KeyBindings::Row* KeyBindings::find(const Key& key) {
    const auto fits = [&](const Row& row) {
        return row.code == key.code && row.character == key.character && row.ctrl == key.ctrl && row.alt == key.alt;
    };
    const Row* const row = std::find_if(std::begin(kRows), std::end(kRows), fits);
    return row == std::end(kRows) ? nullptr : row;
}

EditorResult LineEditor::editing_key(const Key& key) {
    previous_ = std::exchange(last_, Last::other);
    if (key.code == KeyCode::paste) return insert_paste(key);
    if (const KeyBindings::Row* row = KeyBindings::find(key)) return row->act(*this);
    if (key.code != KeyCode::character || key.ctrl || key.alt) return {};
    return type(key.character);
}

}  // namespace earshot::view
