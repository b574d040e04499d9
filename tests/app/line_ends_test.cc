#include "app/line_ends.h"

#include <gtest/gtest.h>

namespace earshot::app {
namespace {

std::string rewritten(std::string_view end, std::string_view in) {
    LineEnds ends(end);
    std::string out;
    ends.rewrite(in, out);
    return out;
}

TEST(LineEnds, BecomeWhatWasAskedFor) {
    EXPECT_EQ(rewritten("\r\n", "a\nb\n\nc"), "a\r\nb\r\n\r\nc");
    EXPECT_EQ(rewritten("\r", "a\nb\n\nc"), "a\rb\r\rc");
    EXPECT_EQ(rewritten("", "a\nb\n\nc"), "abc");
    EXPECT_EQ(rewritten("\n", "a\r\nb\n\rc"), "a\r\nb\n\rc");
}

TEST(LineEnds, AreNotDoubledWhereACarriageReturnIsThere) {
    EXPECT_EQ(rewritten("\r\n", "a\r\nb\r\n\n\r"), "a\r\nb\r\n\r\n\r");
    EXPECT_EQ(rewritten("\r", "a\r\nb\n"), "a\rb\r");
    EXPECT_EQ(rewritten("\r\n", "\r\r\n"), "\r\r\n");
    EXPECT_EQ(rewritten("\r\n", "\n\n"), "\r\n\r\n");
    EXPECT_EQ(rewritten("\r\n", "\r"), "\r");
}

TEST(LineEnds, AreTheSameWhereverTheStreamIsCut) {
    const std::string in = "a\r\n\n\r\r\nb\n\r\n";
    for (const char* end : {"\n", "\r\n", "\r", ""}) {
        const std::string whole = rewritten(end, in);
        for (std::size_t first = 0; first <= in.size(); ++first) {
            for (std::size_t second = first; second <= in.size(); ++second) {
                LineEnds ends(end);
                std::string out;
                ends.rewrite(in.substr(0, first), out);
                ends.rewrite(in.substr(first, second - first), out);
                ends.rewrite(in.substr(second), out);
                EXPECT_EQ(out, whole) << first << " " << second;
            }
        }
    }
}

TEST(LineEnds, KnowWhatStoodForThePartThatWasMade) {
    const LineEnds ends("\r\n");
    EXPECT_EQ(ends.source_size("ab\ncd", 0), 0U);
    EXPECT_EQ(ends.source_size("ab\ncd", 2), 2U);
    EXPECT_EQ(ends.source_size("ab\ncd", 4), 3U);
    EXPECT_EQ(ends.source_size("ab\ncd", 5), 4U);
    EXPECT_EQ(LineEnds("").source_size("\n\nx", 1), 3U);
}

}  // namespace
}  // namespace earshot::app
