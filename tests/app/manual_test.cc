#include "app/manual.h"

#include <gtest/gtest.h>

#include "app/option_table.h"
#include "tests/app/command_line.h"

namespace earshot::app {
namespace {

// The page with its options part made anew.
std::string renewed(const std::string& page) {
    const std::size_t begin = page.find(kManualBegin), end = page.find(kManualEnd);
    if (begin == std::string::npos || end == std::string::npos || end < begin) return "marks are missing";
    return page.substr(0, begin) + kManualBegin + manual_options() + page.substr(end);
}

TEST(Manual, HasEveryOptionAsTheTableHasIt) {
    const std::string made = renewed(read_text(project_root() / "man/earshot.1"));
    EXPECT_EQ(kept_text("man/earshot.1", made), made) << "run this test with EARSHOT_REWRITE=1";
}

TEST(Manual, DescribesEveryVerb) {
    const std::string page = read_text(project_root() / "man/earshot.1");
    for (const VerbRow& verb : verbs()) EXPECT_NE(page.find(verb.name), std::string::npos) << verb.name;
}

}  // namespace
}  // namespace earshot::app
