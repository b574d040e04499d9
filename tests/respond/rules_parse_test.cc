#include <fstream>
#include <sstream>

#include "respond/rules/parse.h"
#include "tests/respond/rules_words.h"

namespace earshot::respond::rules {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(Ruled, RefusesAHeaderThatIsNoName) {
    EXPECT_THAT(error_of("[*x]\n"), testing::StartsWith("r.toml:1:2: "));
    EXPECT_THAT(error_of("[[rule]]\nexact = 'a'\n[ = ]\n"), testing::StartsWith("r.toml:3:"));
    EXPECT_THAT(error_of("é = 1\n"), testing::StartsWith("r.toml:1:"));
    EXPECT_THAT(error_of("[[rule]] か\n"), testing::StartsWith("r.toml:1:"));
}

TEST_F(Ruled, RefusesAFileWithItsLineAndColumn) {
    EXPECT_THAT(error_of("[[rule]]\nexact = 'a'\nanswer = \n"),
                StartsWith("r.toml:3:10: a value should stand here, not the end of the line"));
    EXPECT_THAT(error_of("[[rule]]\n\nregex = '(a'\n"),
                AllOf(StartsWith("r.toml:3:9: "), HasSubstr("the regex does not compile: missing )")));
    EXPECT_THAT(error_of("[[rule]]\nhex = '01 0g'"), AllOf(StartsWith("r.toml:2:7: "), HasSubstr("0g")));
    EXPECT_THAT(error_of("[[rule]]\nanswer-hex = '010'"), AllOf(StartsWith("r.toml:2:"), HasSubstr("odd number")));
    EXPECT_THAT(error_of("[[rule]]\nlimit = 'x'"), StartsWith("r.toml:2:9: "));
    EXPECT_THAT(error_of("[[rule]]\ndelay = '5 parsecs'"), AllOf(StartsWith("r.toml:2:"), HasSubstr("200ms")));
    EXPECT_THAT(error_of("[[rule]]\ndelay = -1"), StartsWith("r.toml:2:"));
    EXPECT_THAT(error_of("[[rule]]\nexact = 5"), StartsWith("r.toml:2:9: "));
    EXPECT_THAT(error_of("[rule]\nexact = 'a'"), AllOf(StartsWith("r.toml:1:"), HasSubstr("[[rule]]")));
    EXPECT_THAT(error_of("[[heartbeat]]\nevery = 1"), HasSubstr("[heartbeat]"));
    EXPECT_THAT(error_of("[[every]]\nanswer = 'x'"), HasSubstr("interval"));
    EXPECT_THAT(error_of(""), HasSubstr("no rule"));
}

TEST_F(Ruled, NamesTheKeyThatWasMeant) {
    EXPECT_THAT(error_of("[[rule]]\nexcat = 'a'"), AllOf(StartsWith("r.toml:2:1: "), HasSubstr("“exact”?")));
    EXPECT_THAT(error_of("[[rules]]\nexact = 'a'"), AllOf(StartsWith("r.toml:1:"), HasSubstr("“rule”?")));
    EXPECT_THAT(error_of("[heartbeat]\nevery = 1\nmised = 2\n[[rule]]"), HasSubstr("“missed”?"));
    EXPECT_THAT(error_of("[[greet]]\nxylophone = 1"), Not(HasSubstr("did you mean")));
}

TEST_F(Ruled, RefusesWhatContradictsItself) {
    EXPECT_THAT(error_of("[[rule]]\nexact = 'a'\nprefix = 'b'"), HasSubstr("one of exact"));
    EXPECT_THAT(error_of("[[rule]]\nanswer = 'a'\nanswer-hex = '00'"), HasSubstr("two answers"));
    EXPECT_THAT(error_of("[[rule]]\nonce = true\nlimit = 2"), HasSubstr("limit of 1"));
    EXPECT_THAT(error_of("[[rule]]\nprefix = ''"), HasSubstr("empty"));
    EXPECT_THAT(error_of("[[rule]]\ncheck = 'crc8'"), HasSubstr("crc16modbus"));
}

TEST_F(Ruled, RefusesHolesThatNothingFills) {
    EXPECT_THAT(error_of("[[rule]]\nregex = '(a)'\nanswer = '${2}'"), HasSubstr("no capture 2"));
    EXPECT_THAT(error_of("[[rule]]\nanswer = '${nmae}'"), HasSubstr("${nmae}"));
    EXPECT_THAT(error_of("[[rule]]\nanswer = '${count'"), HasSubstr("}"));
    EXPECT_THAT(error_of("[[rule]]\nanswer = '${count:u9}'"), HasSubstr("u9"));
    EXPECT_THAT(error_of("[[rule]]\nanswer-hex = '${count}'"), HasSubstr("u16be"));
    EXPECT_THAT(error_of("[[rule]]\nanswer-hex = '${crc32:a..b}'"), HasSubstr("FROM..TO"));
    EXPECT_THAT(error_of("[[rule]]\nexact = 'a'\nanswer-hex = '01 ${xor8:9..2}'"),
                AllOf(StartsWith("r.toml:3:"), HasSubstr("“9..2” ends before it begins")));
    EXPECT_THAT(error_of("[[rule]]\nanswer = '${device:x}'"), HasSubstr("device:x"));
}

TEST_F(Ruled, ReadsHexPatternsInEveryNotation) {
    for (const char* const same : {"01 03 ?? 4?", "0103??4?", "0x01,0x03,??,4?", "1 3 ?? 4?", "01:03:(?\?):4?"}) {
        rules("[[rule]]\nhex = '" + std::string(same) + "'\nanswer = 'y'");
        EXPECT_EQ(say("\x01\x03\x7f\x4f"), "y") << same;
        EXPECT_EQ(say("\x01\x03\x7f\x5f"), "") << same;
        EXPECT_EQ(say("\x01\x03\x7f\x4f\x01"), "") << same;
    }
    for (const char* const bad : {"", "*", "(01", "01)", "((01))", "01 * 02", "?", "1 ?", "01 0g"}) {
        EXPECT_NE(error_of("[[rule]]\nhex = '" + std::string(bad) + "'"), "") << bad;
    }
}

TEST_F(Ruled, SaysWhyAFileCannotBeRead) {
    const auto set = read_rules("/nowhere/rules.toml");
    ASSERT_FALSE(set);
    EXPECT_THAT(set.error().message, HasSubstr("/nowhere/rules.toml"));
    EXPECT_EQ(set.error().reason, Reason::usage);
}

// --- docs/rules.md is held to the code: every key stands there, and every example is a file that is taken.

std::string document() {
    std::ifstream file(EARSHOT_SOURCE_DIR "/docs/rules.md");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(RulesDocument, NamesEveryKey) {
    const std::string text = document();
    for (const Section& section : sections()) {
        EXPECT_THAT(text, HasSubstr(section.repeats ? "[[" + std::string(section.name) + "]]"
                                                    : "[" + std::string(section.name) + "]"));
        for (const std::string_view key : section.keys) EXPECT_THAT(text, HasSubstr("`" + std::string(key)));
    }
}

TEST(RulesDocument, ShowsOnlyFilesThatAreTaken) {
    const std::string text = document();
    int examples = 0;
    for (std::size_t at = 0; (at = text.find("```toml\n", at)) != std::string::npos; ++examples) {
        at += 8;
        const std::string example = text.substr(at, text.find("```", at) - at);
        const auto set = parse_rules(example, "docs/rules.md");
        EXPECT_TRUE(set) << set.error().message << "\n" << example;
    }
    EXPECT_GE(examples, 4);
}

}  // namespace
}  // namespace earshot::respond::rules
