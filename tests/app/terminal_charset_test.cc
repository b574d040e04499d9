#include "app/terminal_charset.h"

#include <gtest/gtest.h>

namespace earshot::app {
namespace {

TEST(TerminalCharset, LeavesUtf8AsItIs) {
    for (const char* name : {"UTF-8", "utf8", "", "NO-SUCH-CHARSET"}) {
        TerminalCharset charset(name);
        EXPECT_TRUE(charset.is_utf8()) << name;
        EXPECT_EQ(charset.to_terminal("\x1b[2m你好\x1b[m"), "\x1b[2m你好\x1b[m");
        EXPECT_EQ(charset.from_terminal("\xe4\xbd"), "\xe4\xbd");
    }
}

TEST(TerminalCharset, WritesWhatIsSaidInItsBytesAndLeavesEscapeSequencesAlone) {
    EXPECT_EQ(TerminalCharset("GBK").to_terminal("\x1b[2K服务器:你好\r\n"),
              "\x1b[2K\xb7\xfe\xce\xf1\xc6\xf7:\xc4\xe3\xba\xc3\r\n");
    EXPECT_EQ(TerminalCharset("EUC-JP").to_terminal("日本"), "\xc6\xfc\xcb\xdc");
    EXPECT_EQ(TerminalCharset("KOI8-R").to_terminal("да"), "\xc4\xc1");
}

TEST(TerminalCharset, PutsAQuestionMarkAColumnForWhatItLacks) {
    EXPECT_EQ(TerminalCharset("GB2312").to_terminal("a\xF0\x9F\x98\x80z"), "a??z");
    EXPECT_EQ(TerminalCharset("ISO-8859-1").to_terminal("né 你"), "n\xe9 ??");
    EXPECT_EQ(TerminalCharset("ISO-8859-1").to_terminal("e\xcc\x81"), "e");  // a mark takes no column
}

TEST(TerminalCharset, WritesNoControlThatTheTextDidNotHave) {
    // What the Encoding Standard calls ISO-8859-1 writes U+203A as 9B, which begins an escape sequence there.
    for (const char* name : {"ISO-8859-1", "ISO-8859-15", "GBK", "BIG5", "EUC-KR", "CP1251"}) {
        const std::string bytes = TerminalCharset(name).to_terminal("\xe2\x80\xba[2J \x9b \xc2\x9b");
        if (std::string_view(name).starts_with("ISO")) {
            EXPECT_EQ(bytes.find('\x9b'), std::string::npos) << name;
        }
        EXPECT_EQ(bytes.find('\x1b'), std::string::npos) << name;
    }
}

TEST(TerminalCharset, TakesKeysInAnyPieces) {
    const std::string keys = "\xc4\xe3\x1b[A\xba\xc3\r";
    for (std::size_t cut = 0; cut <= keys.size(); ++cut) {
        TerminalCharset charset("GBK");
        std::string text = charset.from_terminal(keys.substr(0, cut));
        text += charset.from_terminal(keys.substr(cut));
        EXPECT_EQ(text, "你\x1b[A好\r") << cut;
    }
}

TEST(TerminalCharset, GivesAmbiguousCharactersTwoColumnsWhereTheyTakeTwoBytes) {
    EXPECT_EQ(TerminalCharset("GBK").ambiguous(), text::Ambiguous::wide);
    EXPECT_EQ(TerminalCharset("UTF-8").ambiguous(), text::Ambiguous::narrow);
    EXPECT_EQ(TerminalCharset("KOI8-R").ambiguous(), text::Ambiguous::narrow);
}

}  // namespace
}  // namespace earshot::app
