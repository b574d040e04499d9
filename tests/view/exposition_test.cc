#include "view/exposition.h"

#include <gtest/gtest.h>

#include <limits>

namespace earshot::view {
namespace {

TEST(Exposition, WritesFamiliesWithTheirSamples) {
    Exposition page;
    page.gauge("callers", "Who is here.");
    page.sample(std::uint64_t{3});
    page.counter("gone_total", "Who has left.");
    page.sample("reason", "closed", 1);
    page.sample("reason", "reset", std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(page.text(),
              "# HELP callers Who is here.\n# TYPE callers gauge\ncallers 3\n"
              "# HELP gone_total Who has left.\n# TYPE gone_total counter\n"
              "gone_total{reason=\"closed\"} 1\ngone_total{reason=\"reset\"} 18446744073709551615\n");
}

TEST(Exposition, WritesFractionsWithoutLosingDigits) {
    Exposition page;
    page.gauge("a", "");
    page.sample(0.0);
    page.sample(1700000000.25);
    page.sample(1e-7);
    EXPECT_EQ(page.text(), "# HELP a \n# TYPE a gauge\na 0\na 1700000000.25\na 1e-07\n");
}

TEST(Exposition, LetsNoTextLeaveItsLine) {
    Exposition page;
    page.gauge("a", "one\ntwo\\three \"four\"");
    page.sample("name", "\"} 1\nb{c=\"\\", 1);
    EXPECT_EQ(page.text(),
              "# HELP a one\\ntwo\\\\three \"four\"\n# TYPE a gauge\na{name=\"\\\"} 1\\nb{c=\\\"\\\\\"} 1\n");
}

}  // namespace
}  // namespace earshot::view
