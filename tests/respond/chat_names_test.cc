#include "respond/chat_names.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "text/code_point.h"
#include "text/safe.h"

namespace earshot::respond {
namespace {

bool may_be(std::string_view name) { return fault_of_name(name) == nullptr; }
bool are_same(std::string_view a, std::string_view b) { return looks_like(a, b); }

TEST(ChatNames, MayBeOfAnyScript) {
    for (const char* name :
         {"bob",  "Bob_2",  "小明",    "ボブ", "밥", "Борис", "Ζωή",    "สมชาย", "משה",    "محمد", "अनिल",
          "José", "Nguyễn", "김-철수", "a.b",  "7",  "_x",    "佐々木", "が",    "ｂｏｂ", "﨑"}) {
        EXPECT_TRUE(may_be(name)) << name;
    }
}

TEST(ChatNames, HoldNothingThatHidesReordersOrBelongsAroundThem) {
    for (const char* name :
         {"",         " ",         "a b",       "a:",         "a：",       "[bob]",    "-- x",     "-x",
          ".x",       "*",         "/nick",     "a\tb",       "a\x1b[31m", "a\u202e",  "a\u200b",  "a\u200d",
          "\ufeff",   "bob\ufe0f", "bo\u034fb", "e\u0301",    "\u3164x",   "a\u3000b", "a\u00a0b", "a\u00adb",
          "x\xff",    "x\xc3",     "\u0e31x",   "\U000e0041", "\ue000",    "𝐛ob",      "a∶",       "a꞉",
          "服务器：", "🦊",      "a🇨🇳",       "🄰🄱",         "か\u3099",  "a\u309a",  "⼀",       "\ufb01x"}) {
        EXPECT_FALSE(may_be(name)) << testing::PrintToString(std::string(name));
    }
}

TEST(ChatNames, AreAsLongAsTheyLook) {
    EXPECT_TRUE(may_be(std::string(20, 'x')));
    EXPECT_FALSE(may_be(std::string(21, 'x')));
    EXPECT_TRUE(may_be("一二三四五六七八九十"));
    EXPECT_FALSE(may_be("一二三四五六七八九十x"));
    std::string pile = "ก";
    for (int i = 0; i < 5; ++i) pile += "\u0e49";
    EXPECT_FALSE(may_be(pile)) << "marks piled up over one letter";
}

TEST(ChatNames, AreTheSameInAnyCaseWidthOrLookAlikeLetter) {
    EXPECT_TRUE(are_same("Bob", "bOB"));
    EXPECT_TRUE(are_same("ＢＯＢ", "bob"));
    EXPECT_TRUE(are_same("ÉMILE", "émile"));
    EXPECT_TRUE(are_same("БОРИС", "борис"));
    EXPECT_TRUE(are_same("ΖΩΉ", "ζωή"));
    EXPECT_TRUE(are_same("ŻÓŁĆ", "żółć"));
    EXPECT_TRUE(are_same("NGUYỄN", "nguyễn"));
    EXPECT_TRUE(are_same("аdmin", "admin")) << "the first letter is Cyrillic";
    EXPECT_TRUE(are_same("ΡΑΟ", "pao")) << "Greek";
    for (const auto& [latin, others] :
         std::map<std::string, std::vector<std::string>>{{"TOM", {"ТОМ", "ΤΟΜ", "том", "Тоm"}},
                                                         {"BOB", {"ВОВ", "ΒΟΒ"}},
                                                         {"KATE", {"КАТЕ", "ΚΑΤΕ"}},
                                                         {"NINA", {"ΝΙΝΑ", "νινα"}},
                                                         {"HENRY", {"НЕNRY", "ΗΕΝRΥ"}},
                                                         {"ZAX", {"ΖΑΧ", "ZАХ"}},
                                                         {"van", {"νan"}},
                                                         {"you", {"yοu", "уоυ"}}}) {
        for (const std::string& other : others) EXPECT_TRUE(are_same(latin, other)) << other;
    }
    EXPECT_FALSE(are_same("nan", "van")) << "though Greek nu is alike to both";
    EXPECT_FALSE(are_same("bob", "rob"));
    EXPECT_FALSE(are_same("小明", "小朋"));
}

// What folds is what two people share or not: folding again must change nothing.
TEST(ChatNames, FoldOnce) {
    for (char32_t c = 1; c < 0x20000; ++c) {
        if (c >= 0xd800 && c < 0xe000) continue;
        std::string name;
        text::append_code_point(name, c);
        const FoldedName once = folded_name(name);
        ASSERT_EQ(folded_name(once.small).small, once.small) << std::hex << static_cast<unsigned>(c);
        ASSERT_EQ(folded_name(once.capital).capital, once.capital) << std::hex << static_cast<unsigned>(c);
    }
}

TEST(ChatNames, NeedNoEscapingWhereTheyAreShown) {
    for (char32_t c = 1; c < 0x20000; ++c) {
        if (c >= 0xd800 && c < 0xe000) continue;
        std::string name = "a";
        text::append_code_point(name, c);
        if (may_be(name)) {
            ASSERT_EQ(text::safe_line(name), name) << std::hex << static_cast<unsigned>(c);
        }
    }
}

}  // namespace
}  // namespace earshot::respond
