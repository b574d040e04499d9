#include "text/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/text/text_fixture.h"
#include "text/labels.h"

namespace earshot::text {
namespace {

TEST(Encodings, EveryLabelFindsItsRowAndNoOther) {
    std::set<std::string_view> seen;
    for (const Encoding& row : encodings()) {
        for (const std::string_view label : row.labels) {
            EXPECT_EQ(find_encoding(label), &row) << label;
            EXPECT_TRUE(seen.insert(label).second) << label << " stands twice";
        }
        EXPECT_TRUE(seen.contains(row.name)) << row.name << " is no label of its own row";
    }
}

TEST(Encodings, LabelsIgnoreCaseAndSurroundingSpace) {
    EXPECT_EQ(find_encoding(" \t\r\n\fGB2312 "), &named("gbk"));
    EXPECT_EQ(find_encoding("Latin1"), &named("windows-1252"));
    EXPECT_EQ(find_encoding("UTF8"), &utf8());
}

// All 221 of the standard that are not `replacement` (6) or `x-user-defined`, compared with what two other programs
// know.
TEST(Labels, AreAllOfTheStandard) {
    const std::span<const std::string_view> all[] = {
        kUtf8Labels,        kIbm866Labels,      kIso8859_2Labels,   kIso8859_3Labels,    kIso8859_4Labels,
        kIso8859_5Labels,   kIso8859_6Labels,   kIso8859_7Labels,   kIso8859_8Labels,    kIso8859_8ILabels,
        kIso8859_10Labels,  kIso8859_13Labels,  kIso8859_14Labels,  kIso8859_15Labels,   kIso8859_16Labels,
        kKoi8RLabels,       kKoi8ULabels,       kMacintoshLabels,   kWindows874Labels,   kWindows1250Labels,
        kWindows1251Labels, kWindows1252Labels, kWindows1253Labels, kWindows1254Labels,  kWindows1255Labels,
        kWindows1256Labels, kWindows1257Labels, kWindows1258Labels, kXMacCyrillicLabels, kGbkLabels,
        kGb18030Labels,     kBig5Labels,        kEucJpLabels,       kIso2022JpLabels,    kShiftJisLabels,
        kEucKrLabels,       kUtf16beLabels,     kUtf16leLabels};
    EXPECT_EQ(std::size(all), 38U);
    std::set<std::string_view> seen;
    for (const auto labels : all) {
        EXPECT_TRUE(std::is_sorted(labels.begin(), labels.end())) << labels[0];
        seen.insert(labels.begin(), labels.end());
    }
    EXPECT_EQ(seen.size(), 221U);
}

TEST(Encodings, WhatIsNoLabelFindsNothing) {
    for (const char* label : {"", " ", "gb k", "gbk2", "gb", "bytes", "utf_8", "\vgbk", "replacement"}) {
        EXPECT_EQ(find_encoding(label), nullptr) << label;
    }
    EXPECT_EQ(find_encoding(std::string_view("gbk\0", 4)), nullptr);
}

}  // namespace
}  // namespace earshot::text
