// Any keys leave the editor in order: the cursor between graphemes, a row that fits, a line that undo takes back.
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "text/grapheme.h"
#include "text/safe.h"
#include "text/width.h"
#include "view/editor/keys.h"
#include "view/editor/line_editor.h"
#include "view/editor/row.h"

namespace {

using namespace earshot;  // NOLINT(google-build-using-namespace)

void check_row(const view::Row& row, int columns) {
    EARSHOT_CHECK(row.width <= std::max(columns, 0));
    EARSHOT_CHECK(row.cursor_column >= 0 && row.cursor_column < std::max(columns, 1));
    EARSHOT_CHECK(text::text_width(row.text) == row.width);
    EARSHOT_CHECK(text::text_width(row.text.substr(0, row.cursor_at)) == row.cursor_column);
    std::string safe;
    text::append_safe(row.text, {}, {.reverse_video = true, .strict_joiners = false, .lines = false}, safe);
    EARSHOT_CHECK(safe == row.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    if (size < 2) return 0;
    const int columns = input[0] % 48;
    view::History history;
    history.add("an older line 你好");
    history.add("👩\u200d👧 line");
    view::LineEditor editor(history, [](std::string_view line, std::size_t cursor) {
        view::Completion found{line.size() / 2, cursor, {"你好", "你们", "abc"}};
        found.candidates.resize(line.size() % 4);
        return found;
    });
    view::RowView rows;
    view::KeyDecoder decoder;
    std::vector<view::Key> keys;
    decoder.feed({reinterpret_cast<const char*>(input) + 1, size - 1}, keys);
    decoder.timeout(keys);
    for (const view::Key& key : keys) {
        const view::EditorResult result = editor.press(key);
        const std::string_view line = editor.line();
        EARSHOT_CHECK(editor.cursor() <= line.size());
        if (!editor.search() && line.size() < text::kMaxClusterSize) {
            EARSHOT_CHECK(text::grapheme_floor(line, editor.cursor()) == editor.cursor());
        }
        check_row(rows.render(editor, {.columns = columns, .prompt = input[1] % 2 != 0 ? "服务器>>>:" : ""}), columns);
        if (result.action == view::Action::accepted && key.code == view::KeyCode::enter) {
            history.add(editor.take_line());
            EARSHOT_CHECK(editor.empty());
        }
    }
    while (editor.press(view::ctrl_key('g')), editor.press(view::ctrl_key('_')).action != view::Action::bell) {
    }
    EARSHOT_CHECK(editor.empty());
    return 0;
}
