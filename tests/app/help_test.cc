#include "app/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/option_table.h"
#include "tests/app/command_line.h"
#include "text/encoding.h"

namespace earshot::app {
namespace {

using testing::HasSubstr;

TEST(Help, NamesEveryOptionOfItsVerbAndNoOther) {
    for (const VerbRow& verb : verbs()) {
        const std::string text = help_text(verb.name);
        for (const OptionGroup& group : option_groups()) {
            for (const OptionRow& row : group.rows) {
                if (row.name[0] == '\0') continue;
                const std::string name = std::string("--") + row.name;
                const bool named = text.find(name + " ") != text.npos || text.find(name + "\n") != text.npos;
                EXPECT_EQ(named, row.belongs_to(verb.verb)) << verb.name << " " << row.name;
            }
        }
    }
}

TEST(Help, FitsIntoEightyColumns) {
    for (const char* topic : {"", "connect", "listen", "demo", "ladder", "recode", "encodings", "help", "completion"}) {
        std::istringstream lines(help_text(topic));
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
    }
}

TEST(Help, OfTheProgramNamesEveryVerb) {
    for (const VerbRow& verb : verbs()) EXPECT_THAT(help_text(""), HasSubstr(std::string("\n  ") + verb.name + " "));
}

TEST(Help, ShortUsageIsShort) {
    const std::string usage = short_usage();
    EXPECT_LE(std::count(usage.begin(), usage.end(), '\n'), 5);
    EXPECT_THAT(usage, HasSubstr("earshot connect"));
    EXPECT_THAT(usage, HasSubstr("earshot listen"));
}

TEST(Help, AnswersWhatIsPrintedAndNothingElse) {
    EXPECT_EQ(answer_text(*parse_line("--version")), "earshot " EARSHOT_VERSION "\n");
    EXPECT_EQ(answer_text(*parse_line("listen --help")), help_text("listen"));
    EXPECT_THAT(answer_text(*parse_line("completion bash")), HasSubstr("complete -F"));
    EXPECT_EQ(answer_text(*parse_line("listen 80")), "");
    EXPECT_EQ(answer_text(*parse_line("demo")), "");
}

TEST(Help, ListsEveryEncodingWithItsLabels) {
    const std::string text = "\n" + answer_text(*parse_line("encodings"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n') - 1, static_cast<long>(text::encodings().size()));
    EXPECT_THAT(text, HasSubstr("\ngb18030\n"));
    EXPECT_THAT(text, HasSubstr("\nutf-16be unicodefffe\n"));
    for (const text::Encoding& encoding : text::encodings()) {
        for (const std::string_view label : encoding.labels) EXPECT_THAT(text, HasSubstr(std::string(label)));
    }
}

}  // namespace
}  // namespace earshot::app
