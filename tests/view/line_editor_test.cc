#include "view/editor/line_editor.h"

#include <gtest/gtest.h>

#include <ctime>
#include <iostream>
#include <random>

#include "text/grapheme.h"
#include "view/editor/row.h"

namespace earshot::view {
namespace {

// Bytes a terminal sends go in; the line is shown as "text" with | for the cursor.
class Typist {
  public:
    explicit Typist(Completer completer = nullptr) : editor(history, std::move(completer)) {}

    Typist& type(std::string_view bytes) {
        std::vector<Key> keys;
        decoder.feed(bytes, keys);
        decoder.timeout(keys);
        for (const Key& key : keys) result = editor.press(key);
        return *this;
    }
    Typist& paste(std::string_view text) { return type("\x1b[200~" + std::string(text) + "\x1b[201~"); }
    std::string shown() const {
        std::string text(editor.line());
        return text.insert(editor.cursor(), "|");
    }
    Typist& enter(std::string_view line) {
        editor.take_line();
        history.add(line);
        return *this;
    }

    History history;
    LineEditor editor;
    KeyDecoder decoder;
    EditorResult result;
};

struct Script {
    const char* keys;
    const char* shown;
};
class Editing : public testing::TestWithParam<Script> {};
TEST_P(Editing, GivesTheLine) { EXPECT_EQ(Typist().type(GetParam().keys).shown(), GetParam().shown); }
INSTANTIATE_TEST_SUITE_P(Moves, Editing,
                         testing::Values(Script{"abc", "abc|"}, Script{"abc\x01", "|abc"},
                                         Script{"abc\x01\x05", "abc|"}, Script{"abc\x02\x02", "a|bc"},
                                         Script{"abc\x1b[D\x1b[C", "abc|"}, Script{"你好\x02", "你|好"},
                                         Script{"e\u0301x\x02\x02", "|e\u0301x"},
                                         Script{"👨‍👩‍👧\x02", "|👨‍👩‍👧"},
                                         Script{"one two  \x1b"
                                                "b",
                                                "one |two  "},
                                         Script{"one two\x01\x1b"
                                                "f",
                                                "one| two"},
                                         Script{"one-two\x1b[1;5D", "one-|two"},
                                         Script{"你好，世界\x1b"
                                                "b",
                                                "你好，|世界"},
                                         Script{"\x02\x06", "|"}, Script{"ab\x1b[H\x1b[F", "ab|"}));
INSTANTIATE_TEST_SUITE_P(Erases, Editing,
                         testing::Values(Script{"abc\x7f", "ab|"}, Script{"abc\x08", "ab|"}, Script{"你好\x7f", "你|"},
                                         Script{"ae\u0301\x7f", "a|"}, Script{"🇨🇳🇩🇪\x7f", "🇨🇳|"},
                                         Script{"abc\x01\x04", "|bc"}, Script{"abc\x01\x1b[3~", "|bc"},
                                         Script{"abc\x02\x0b", "ab|"}, Script{"abc\x02\x15", "|c"},
                                         Script{"one two-x \x17", "one |"}, Script{"one two-x\x1b\x7f", "one two-|"},
                                         Script{"one two\x01\x1b"
                                                "d",
                                                "| two"},
                                         Script{"\x7f", "|"}));
INSTANTIATE_TEST_SUITE_P(Changes, Editing,
                         testing::Values(Script{"ab\x14", "ba|"}, Script{"abc\x02\x14", "acb|"},
                                         Script{"你好\x14", "好你|"}, Script{"a\x14", "a|"},
                                         Script{"one two\x17\x01\x19", "two|one "},
                                         Script{"one two\x17\x17\x19", "one two|"},
                                         Script{"one two\x17"
                                                "x\x17\x19\x1by",
                                                "one two|"},
                                         Script{"a b\x17x\x17\x19\x1by\x1by", "a x|"}, Script{"x\x1by", "x|"},
                                         Script{"one two\x01\x1bu\x1b"
                                                "c",
                                                "ONE Two|"},
                                         Script{"ABC\x01\x1bl", "abc|"}, Script{"abc\x1f", "|"},
                                         Script{"one two\x1f", "one|"}, Script{"abc\x15\x1f", "abc|"},
                                         Script{"\x16\x01\x16\r\x16\t\x16\x7f", "\x01\r\t\x7f|"},
                                         Script{"a\x16\x1b[A", "a|"}));
// Typing a mark at the start joins what stands behind the cursor.
INSTANTIATE_TEST_SUITE_P(Joins, Editing,
                         testing::Values(Script{"\u0301\x01"
                                                "e",
                                                "e\u0301|"},
                                         Script{"👩👧\x02\u200d", "👩\u200d👧|"}, Script{"🇩🇪\x01🇨", "🇨🇩|🇪"}));

TEST(LineEditor, LeavesTheLineUntilItIsTaken) {
    Typist typist;
    typist.type("hello\r");
    EXPECT_EQ(typist.result.action, Action::accepted);
    EXPECT_EQ(typist.shown(), "hello|");
    typist.editor.set_cursor(2);
    EXPECT_EQ(typist.shown(), "he|llo");
    EXPECT_EQ(typist.editor.take_line(), "hello");
    EXPECT_EQ(typist.shown(), "|");
    EXPECT_EQ(typist.type("\x1f").result.action, Action::bell);
}

TEST(LineEditor, QuotesEscape) { EXPECT_EQ(Typist().type("\x16").type("\x1b").shown(), "\x1b|"); }

TEST(LineEditor, EndsOnlyOnAnEmptyLine) {
    Typist typist;
    EXPECT_EQ(typist.type("\x04").result.action, Action::eof);
    EXPECT_EQ(typist.type("a\x04").result.action, Action::bell);
}

TEST(LineEditor, ClearsTheLineOnInterruptAndSaysWhatItWas) {
    Typist typist;
    typist.type("draft\x03");
    EXPECT_EQ(typist.result.action, Action::interrupt);
    EXPECT_EQ(typist.result.text, "draft");
    EXPECT_EQ(typist.shown(), "|");
    EXPECT_EQ(typist.type("\x03").result.text, "");
}

TEST(LineEditor, AsksForTheScreenToBeCleared) { EXPECT_EQ(Typist().type("\x0c").result.action, Action::clear_screen); }

TEST(LineEditor, WalksThroughTheHistoryAndBackToTheDraft) {
    Typist typist;
    typist.enter("one").enter("two").type("draft");
    EXPECT_EQ(typist.type("\x1b[A").shown(), "two|");
    EXPECT_EQ(typist.type("\x10").shown(), "one|");
    EXPECT_EQ(typist.type("\x10").result.action, Action::bell);
    EXPECT_EQ(typist.type("\x0e").shown(), "two|");
    EXPECT_EQ(typist.type("\x1b[B").shown(), "draft|");
    EXPECT_EQ(typist.type("\x1b[B").result.action, Action::bell);
    EXPECT_EQ(typist.type("\x10\x1f").shown(), "draft|");
}

TEST(LineEditor, SearchesTheHistory) {
    Typist typist;
    typist.enter("send one").enter("other").enter("send two").type("draft");
    EXPECT_EQ(typist.type("\x12sen").shown(), "|send two");
    EXPECT_EQ(typist.editor.search()->pattern, "sen");
    EXPECT_EQ(typist.type("\x12").shown(), "|send one");
    EXPECT_EQ(typist.type("\x12").result.action, Action::bell);
    EXPECT_FALSE(typist.editor.search()->found);
    EXPECT_EQ(typist.type("\x13").shown(), "|send two");
    EXPECT_EQ(typist.type("\x07").shown(), "draft|");
    EXPECT_FALSE(typist.editor.search());
    EXPECT_EQ(typist.type("\x12one\r").shown(), "send |one");
    EXPECT_EQ(typist.result.action, Action::accepted);
    EXPECT_EQ(typist.editor.take_line(), "send one");
}

TEST(LineEditor, EndsASearchWithAnyOtherKey) {
    Typist typist;
    typist.enter("send one").type("\x12one\x05!");
    EXPECT_EQ(typist.shown(), "send one!|");
    EXPECT_EQ(typist.type("\x1f\x1f").shown(), "|");
    EXPECT_EQ(typist.type("\x12one\x1b").shown(), "send |one");
    EXPECT_EQ(typist.type("\x12\x12\x7f\x7f\x7f").editor.search()->pattern, "");
    EXPECT_EQ(typist.type("zzz\x03").shown(), "|");
}

TEST(LineEditor, CompletesWhatIsAlone) {
    Typist typist([](std::string_view, std::size_t cursor) { return Completion{0, cursor, {"/quit "}}; });
    EXPECT_EQ(typist.type("/q\t").shown(), "/quit |");
}

TEST(LineEditor, CompletesWhatIsCommonThenLists) {
    Typist typist([](std::string_view, std::size_t cursor) {
        return Completion{0, cursor, {"/recönnect", "/recörd"}};
    });
    EXPECT_EQ(typist.type("/r\t").shown(), "/recö|");
    EXPECT_EQ(typist.type("\t").result.action, Action::list);
    EXPECT_EQ(typist.result.candidates.size(), 2U);
}

TEST(LineEditor, NeverCompletesToHalfACharacter) {
    Typist typist([](std::string_view, std::size_t cursor) { return Completion{0, cursor, {"é", "è"}}; });
    EXPECT_EQ(typist.type("\t").shown(), "|");
    EXPECT_EQ(typist.result.action, Action::list);
}

TEST(LineEditor, RingsWhenThereIsNothingToComplete) {
    EXPECT_EQ(Typist().type("\t").result.action, Action::bell);
    Typist wrong([](std::string_view, std::size_t) { return Completion{5, 9, {"x"}}; });
    EXPECT_EQ(wrong.type("\t").result.action, Action::bell);
}

TEST(LineEditor, InsertsAPasteOfOneLine) {
    Typist typist;
    typist.type("ab\x02").paste("一二\n");
    EXPECT_EQ(typist.shown(), "a一二|b");
    EXPECT_EQ(typist.result.action, Action::redraw);
    EXPECT_EQ(typist.type("\x1f").shown(), "a|b");
}

TEST(LineEditor, HandsOverAPasteOfMoreLines) {
    Typist typist;
    typist.type("draft").paste("one\r\ntwo\r");
    EXPECT_EQ(typist.result.action, Action::paste_block);
    EXPECT_EQ(typist.result.text, "one\ntwo");
    EXPECT_EQ(typist.shown(), "draft|");
    EXPECT_EQ(typist.paste("one\n\n").result.text, "one\n");
}

TEST(LineEditor, KnowsWhetherTheLineBeginsWithPastedText) {
    Typist typist;
    EXPECT_FALSE(typist.type("/quit").editor.line_starts_pasted());
    EXPECT_TRUE(typist.type("\x15").paste("/quit").editor.line_starts_pasted());
    EXPECT_FALSE(typist.type("\x01/").editor.line_starts_pasted());
    EXPECT_TRUE(typist.type("\x7f").editor.line_starts_pasted());
    EXPECT_FALSE(typist.type("\x0b").editor.line_starts_pasted());
    EXPECT_TRUE(typist.type("\x19").editor.line_starts_pasted()) << "killed and yanked it is still pasted";
    EXPECT_FALSE(typist.type("\x15/to ").paste("3").editor.line_starts_pasted());
    EXPECT_TRUE(typist
                    .type("\x01\x1b"
                          "d\x04")
                    .editor.line_starts_pasted());
    EXPECT_FALSE(typist.type("\x1f\x1f\x1f").editor.line_starts_pasted());
}

TEST(LineEditor, KeepsADraftPastedWhileTheHistoryIsLookedAt) {
    Typist typist;
    typist.enter("old").paste("/quit").type("\x10");
    EXPECT_FALSE(typist.editor.line_starts_pasted());
    EXPECT_TRUE(typist.type("\x0e").editor.line_starts_pasted());
    typist.editor.take_line();
    EXPECT_FALSE(typist.type("/x").editor.line_starts_pasted());
}

TEST(LineEditor, RefusesWhatNoLongerFits) {
    Typist typist;
    typist.paste(std::string(EditBuffer::kMaxSize, 'a'));
    EXPECT_EQ(typist.editor.line().size(), EditBuffer::kMaxSize);
    EXPECT_EQ(typist.type("b").result.action, Action::bell);
    EXPECT_EQ(typist
                  .type("\x7f"
                        "b")
                  .editor.line()
                  .back(),
              'b');
}

std::string random_keys(std::mt19937& random) {
    static const std::string_view kPieces[] = {"a",
                                               "b",
                                               " ",
                                               "你",
                                               "e\u0301",
                                               "\u0301",
                                               "👩",
                                               "\u200d",
                                               "🇨",
                                               "\u1112",
                                               "\u1161",
                                               "\x01",
                                               "\x02",
                                               "\x05",
                                               "\x06",
                                               "\x7f",
                                               "\x04",
                                               "\x0b",
                                               "\x15",
                                               "\x17",
                                               "\x19",
                                               "\x1by",
                                               "\x14",
                                               "\x1b"
                                               "b",
                                               "\x1b"
                                               "f",
                                               "\x1b"
                                               "d",
                                               "\x1b\x7f",
                                               "\x1bu",
                                               "\x1b"
                                               "c",
                                               "\x1f",
                                               "\x10",
                                               "\x0e",
                                               "\x12",
                                               "\x13",
                                               "\x07",
                                               "\x1b[200~p你\x1b[201~",
                                               "\x16\x01",
                                               "\t",
                                               "\x1b[3~",
                                               "\xff",
                                               "\u0600"};
    std::string keys;
    for (auto n = random() % 60; n > 0; --n) keys += kPieces[random() % std::size(kPieces)];
    return keys;
}

TEST(LineEditor, KeepsItsCursorBetweenGraphemesWhateverIsTyped) {
    std::mt19937 random(13);
    for (int i = 0; i < 2000; ++i) {
        Typist typist;
        typist.enter("an entry 你好").enter("👩\u200d👧 b");
        const std::string keys = random_keys(random);
        std::vector<Key> decoded;
        typist.decoder.feed(keys, decoded);
        for (const Key& key : decoded) {
            typist.editor.press(key);
            ASSERT_LE(typist.editor.cursor(), typist.editor.line().size());
            if (typist.editor.search()) continue;  // there it stands where the match begins
            ASSERT_EQ(text::grapheme_floor(typist.editor.line(), typist.editor.cursor()), typist.editor.cursor());
        }
    }
}

TEST(LineEditor, UndoesEverythingBackToTheStart) {
    std::mt19937 random(17);
    for (int i = 0; i < 1000; ++i) {
        Typist typist;
        typist.enter("an entry 你好").enter("👩\u200d👧 b");
        typist.editor.set_line("start 你");
        typist.editor.set_cursor(3);
        typist.type(random_keys(random)).type("\x07");
        for (int n = 0; n < 200 && !(typist.editor.line() == "start 你" && n > 100); ++n) {
            if (typist.type("\x1f").result.action == Action::bell) break;
        }
        ASSERT_EQ(typist.shown(), "|");
    }
}

TEST(LineEditor, StaysFastWithAPastedMebibyte) {
    const auto milliseconds = [](std::clock_t took) { return 1000.0 * static_cast<double>(took) / CLOCKS_PER_SEC; };
    for (const std::string_view piece : {"你好", "ab ", "x", "\u0301"}) {
        std::string text;
        while (text.size() < 1 << 20) text += piece;
        Typist typist;
        RowView view;
        auto start = std::clock();
        typist.paste(text);
        view.render(typist.editor, {});
        const double paste = milliseconds(std::clock() - start);
        EXPECT_LT(paste, 250) << piece;  // 50 ms are asked for; sanitizers need room
        double slowest = 0;
        std::string slowest_keys;
        for (const char* keys : {"a", "\x02", "\x7f", "\x01", "b", "\x06", "\x04",
                                 "\x1b"
                                 "f",
                                 "\x1b"
                                 "b",
                                 "\x05", "\x14", "\x17", "\x19", "\x1f", "\x01\x0b", "\x19", "\x10"}) {
            start = std::clock();
            typist.type(keys);
            view.render(typist.editor, {});
            const double took = milliseconds(std::clock() - start);
            if (took > slowest) slowest_keys = keys;
            slowest = std::max(slowest, took);
        }
        EXPECT_LT(slowest, 50) << piece;
        std::cout << "1 MiB of \"" << piece << "\": paste " << paste << " ms, slowest key " << slowest << " ms ("
                  << escape_entry(slowest_keys) << ")\n";
    }
}

}  // namespace
}  // namespace earshot::view
