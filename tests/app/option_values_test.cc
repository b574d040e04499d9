#include "app/option_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace earshot::app {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view memory) {
    const auto parsed = parse_memory(memory);
    return parsed ? "none" : parsed.error().message;
}

TEST(ParseMemory, ReadsSizesOfAMebibyteToAPebibyte) {
    constexpr ByteCount kMiB = 1 << 20;
    const std::pair<const char*, ByteCount> cases[] = {
        {"1048576", kMiB},           {"1024K", kMiB},    {"1M", kMiB},         {"24g", 24 * kMiB << 10},
        {"24 GiB", 24 * kMiB << 10}, {"1T", kMiB << 20}, {"1TiB", kMiB << 20}, {"1024T", kMiB << 30}};
    for (const auto& [text, size] : cases) {
        const auto parsed = parse_memory(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, size) << text;
    }
}

TEST(ParseMemory, TakesNoneAndNothingForNoBound) {
    for (const char* text : {"none", "0", "0M"}) {
        const auto parsed = parse_memory(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, 0u) << text;
    }
}

TEST(ParseMemory, RefusesWhatIsTooLittleOrTooMuch) {
    for (const char* text :
         {"1", "1048575", "1023K", "1025T", "1125899906842625", "18446744073709551615", "16777216T"}) {
        EXPECT_THAT(error_of(text), HasSubstr("out of range")) << text;
    }
}

TEST(ParseMemory, RefusesWhatIsNoAmount) {
    for (const char* text : {"", "M", "-1M", "1.5G", "1P", "1Ki", "1MB", "1M2", "None", "99999999999999999999999"}) {
        EXPECT_THAT(error_of(text), HasSubstr("no amount of memory")) << text;
    }
}

}  // namespace
}  // namespace earshot::app
