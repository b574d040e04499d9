#include "view/editor/row.h"

#include <gtest/gtest.h>

#include <random>

#include "text/safe.h"

namespace earshot::view {
namespace {

class Screen {
  public:
    Screen() : editor(history) { options.prompt = ">>>:"; }
    Screen& line(std::string_view text, std::size_t cursor) {
        editor.set_line(text);
        editor.set_cursor(cursor);
        return *this;
    }
    // The row with | where the cursor is: before its column.
    std::string drawn(int columns) {
        options.columns = columns;
        row = view.render(editor, options);
        EXPECT_EQ(text::text_width(row.text.substr(0, row.cursor_at)), row.cursor_column);
        std::string result = row.text;
        return result.insert(row.cursor_at, "|");
    }

    History history;
    LineEditor editor;
    RowView view;
    RowOptions options;
    Row row;
};

TEST(Row, ShowsPromptLineAndCursor) {
    EXPECT_EQ(Screen().line("hello", 5).drawn(80), ">>>:hello|");
    EXPECT_EQ(Screen().line("hello", 0).drawn(80), ">>>:|hello");
    EXPECT_EQ(Screen().line("你好", 3).drawn(80), ">>>:你|好");
    EXPECT_EQ(Screen().line("", 0).drawn(80), ">>>:|");
    Screen screen;
    screen.line("e\u0301👨‍👩‍👧x", 3 + 18).drawn(80);
    EXPECT_EQ(screen.row.cursor_column, 4 + 1 + 2);
}

TEST(Row, ShowsTheWholeLineAgainOnceThereIsRoom) {
    Screen screen;
    screen.line("一二三四五六七八九十", 30);
    EXPECT_EQ(screen.drawn(20), ">>>:<六七八九十|");
    EXPECT_EQ(screen.drawn(40), ">>>:一二三四五六七八九十|") << "a wider terminal";
    EXPECT_EQ(screen.drawn(20), ">>>:<六七八九十|");
    EXPECT_EQ(screen.line("六七八", 9).drawn(20), ">>>:六七八|") << "a shorter line";
}

TEST(Row, ScrollsToTheCursorAndMarksWhatIsCut) {
    Screen screen;
    screen.line("abcdefghijklmnopqrstuvwxyz", 0);
    EXPECT_EQ(screen.drawn(20), ">>>:|abcdefghijklmno>");
    screen.editor.set_cursor(14);
    EXPECT_EQ(screen.drawn(20), ">>>:abcdefghijklmn|o>") << "still inside";
    screen.editor.set_cursor(15);
    EXPECT_EQ(screen.drawn(20), ">>>:<fghijklmno|pqrs>");
    screen.editor.set_cursor(26);
    EXPECT_EQ(screen.drawn(20), ">>>:<qrstuvwxyz|");
    screen.editor.set_cursor(17);
    EXPECT_EQ(screen.drawn(20), ">>>:<q|rstuvwxyz");
    screen.editor.set_cursor(16);
    EXPECT_EQ(screen.drawn(20), ">>>:<lmnop|qrstuvwxyz");
}

TEST(Row, FillsTheLastColumnWithTheLastCharacterOnly) {
    EXPECT_EQ(Screen().line("abcdefghijklmnop", 0).drawn(20), ">>>:|abcdefghijklmnop");
    EXPECT_EQ(Screen().line("abcdefghijklmnopq", 0).drawn(20), ">>>:|abcdefghijklmno>");
    EXPECT_EQ(Screen().line("abcdefghijklmno", 15).drawn(20), ">>>:abcdefghijklmno|");
}

TEST(Row, NeverCutsAWideCharacter) {
    Screen screen;
    EXPECT_EQ(screen.line("你好你好你好你好你", 0).drawn(20), ">>>:|你好你好你好你 >");
    EXPECT_EQ(screen.line("x你好你好你好你好", 0).drawn(20), ">>>:|x你好你好你好你>");
}

TEST(Row, ShowsControlCharactersByTheirCodes) {
    Screen screen;
    EXPECT_EQ(screen.line("a\x1b\u202e\n", 1).drawn(80), ">>>:a|\\x1b\\u{202e}\\x0a");
    EXPECT_EQ(screen.line("\u0301x", 0).drawn(80), ">>>:|\u25cc\u0301x");
    screen.options.reverse_video = true;
    EXPECT_EQ(screen.view.render(screen.line("a\t", 0).editor, screen.options).text, ">>>:a\x1b[7m\\x09\x1b[27m");
}

TEST(Row, KeepsTheEndOfALongPrompt) {
    Screen screen;
    screen.options.prompt = "a very long prompt 客户端3>>>:";
    EXPECT_EQ(screen.line("hi", 2).drawn(24), " 客户端3>>>:hi|");
    screen.options.prompt = "\x1b[2J>";
    EXPECT_EQ(screen.drawn(80), "\\x1b[2J>hi|");
}

TEST(Row, ColoursThePrompt) {
    Screen screen;
    screen.options.prompt_style = "1;32";
    EXPECT_EQ(screen.view.render(screen.line("hi", 2).editor, screen.options),
              (Row{"\x1b[1;32m>>>:\x1b[0mhi", 6, 6, 17}));
}

TEST(Row, ShowsASearch) {
    Screen screen;
    screen.history.add("send one");
    screen.editor.press(ctrl_key('r'));
    screen.editor.press(character_key('o'));
    EXPECT_EQ(screen.drawn(80), "(search) o: send |one");
    screen.editor.press(character_key('z'));
    EXPECT_EQ(screen.drawn(80), "(no match) oz: send |one");
}

TEST(Row, CountsAmbiguousCharactersAsAsked) {
    Screen screen;
    screen.options.ambiguous = text::Ambiguous::wide;
    EXPECT_EQ(screen.view.render(screen.line("“”", 6).editor, screen.options).cursor_column, 8);
}

TEST(Row, FitsAnyLineInAnyWidth) {
    static const std::string_view kPieces[] = {"a",    "word ",  "你",         "e\u0301", "\u0301", "👩\u200d👧",
                                               "\x1b", "\u202e", "\U000e0041", "\xff",    "한"};
    std::mt19937 random(19);
    Screen screen;
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto n = random() % 30; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
        const int columns = static_cast<int>(random() % 40);
        screen.line(text, random() % (text.size() + 1));
        screen.options.columns = columns;
        screen.options.prompt = std::string_view("服务器 to 3>>>:").substr(0, random() % 4 * 3);
        const Row row = screen.view.render(screen.editor, screen.options);
        ASSERT_EQ(text::text_width(row.text), row.width);
        ASSERT_LE(row.width, columns);
        ASSERT_LT(row.cursor_column, std::max(columns, 1));
        ASSERT_GE(row.cursor_column, 0);
        if (columns > 0) {
            ASSERT_EQ(text::text_width(row.text.substr(0, row.cursor_at)), row.cursor_column);
        }
        std::string safe;
        text::append_safe(row.text, {}, {.reverse_video = true, .strict_joiners = false, .lines = false}, safe);
        ASSERT_EQ(safe, row.text);
    }
}

}  // namespace
}  // namespace earshot::view
