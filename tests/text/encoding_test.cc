#include "text/encoding.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/text/text_fixture.h"

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

TEST(Encodings, WhatIsNoLabelFindsNothing) {
    for (const char* label : {"", " ", "gb k", "gbk2", "gb", "bytes", "utf_8", "\vgbk", "replacement"}) {
        EXPECT_EQ(find_encoding(label), nullptr) << label;
    }
    EXPECT_EQ(find_encoding(std::string_view("gbk\0", 4)), nullptr);
}

}  // namespace
}  // namespace earshot::text
