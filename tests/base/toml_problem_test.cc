#include "base/toml_problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/toml.h"

namespace earshot {
namespace {

using testing::HasSubstr;

// What the library says of `text`, as it is told.
std::string problem_of(std::string_view text) {
    const toml::parse_result parsed = toml::parse(text);
    EXPECT_FALSE(parsed) << text;
    return parsed ? "" : toml_problem(parsed.error().description());
}

TEST(TomlProblem, SaysWhatPeopleGetWrongInItsOwnWords) {
    const std::pair<const char*, const char*> cases[] = {
        {"a", "the file ends before the value"},
        {"a = \n", "a value should stand here, not the end of the line"},
        {"a = ]", "not “]”"},
        {"a = 'x", "quotation mark is missing"},
        {"a = 'x\n", "close its quotation mark"},
        {"a = \"x\n", "close its quotation mark"},
        {"a = \"\"\"x", "quotation mark is missing"},
        {"a = \"C:\\dir\"", "there is no escape \\d"},
        {"a = 1 2", "the line should end here, and “2” follows"},
        {"a = 'x' b = 'y'", "and “b” follows"},
        {"a = 1\na = 2\n", "“a” is there already"},
        {"[t]\n[t]\n", "“t” is there already"},
        {"[[t]]\n[t]\n", "“t” is there already"},
        {"a = 1\na.b = 2", "this key is there already, as something else"},
        {"a = [1, 2", "] is missing"},
        {"a = [\n'x'\n'y']", "a comma, at its end ], not “'”"},
        {"a = { b = 1", "its last brace is missing"},
        {"a = { b = 1,\n c = 2}", "stands on one line"},
        {"[t\n", "a heading is not closed"},
        {"[[rule]\nexact = 'a'", "a heading is not closed"},
        {"[]\n", "a heading needs a name"},
        {"a: 1", "after a key comes =, not “:”"},
        {"a b = 1", "after a key comes =, not “b”"},
        {"= 1", "a line begins with a key or a [heading], not with “=”"},
        {"a = yes", "text has quotation marks around it"},
        {"a = True", "small letters"},
        {"a = 01", "does not begin with 0"},
        {"a = '\xff'", "no UTF-8"},
    };
    for (const auto& [text, said] : cases) {
        const std::string problem = problem_of(text);
        EXPECT_THAT(problem, HasSubstr(said)) << text;
        for (const char* theirs : {"Error while", "encountered", "expected", "saw", "redefine", "cannot be read"}) {
            EXPECT_EQ(problem.find(theirs), std::string::npos) << text << "\n" << problem;
        }
    }
}

TEST(TomlProblem, KeepsTheLibrarysWordsBehindItsOwnWhereItKnowsNoBetter) {
    EXPECT_EQ(problem_of("a = 99999999999999999999"),
              "this cannot be read as TOML: Error while parsing decimal integer: '99999999999999999999' is not "
              "representable in 64 bits");
    EXPECT_THAT(problem_of("a = 1."), HasSubstr("cannot be read as TOML: Error while parsing floating-point"));
    EXPECT_EQ(toml_problem(""), "this cannot be read as TOML: ");
    EXPECT_EQ(toml_problem("Error while parsing "), "this cannot be read as TOML: Error while parsing ");
    EXPECT_THAT(toml_problem("Error while parsing key-value pair: expected value, saw '"), HasSubstr("should stand"));
}

}  // namespace
}  // namespace earshot
