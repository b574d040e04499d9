#include "respond/telnet_commands.h"

#include <gtest/gtest.h>

#include <string>

namespace earshot::respond {
namespace {

std::string left_of(std::string_view payload) {
    std::vector<std::uint8_t> scratch;
    return std::string(as_chars(without_telnet_commands(as_bytes(payload), scratch)));
}

TEST(TelnetCommands, AreLeftOutOfALine) {
    EXPECT_EQ(left_of("\xff\xfd\x03\xff\xfb\x18hello"), "hello");
    EXPECT_EQ(left_of(std::string_view("\xff\xfa\x18\0xterm\xff\xf0hello", 16)), "hello");
    EXPECT_EQ(left_of("no\xff\xf4\xff\xfd\x06w"), "now") << "Ctrl-C of a telnet";
}

TEST(TelnetCommands, AreToldApartFromLetters) {
    for (const std::string text : {"\xff\xf1\xed\xee", "\xff\xff", "y\xff", "\xff\xfb\xff", "\xff\xfa text", "plain",
                                   "", "\xef\xff\xf2\xfc", "\xff\xfd"}) {
        EXPECT_EQ(left_of(text), text);
    }
}

TEST(TelnetCommands, ThatNeverEndCostNoMoreThanTheirLength) {
    std::string text;
    for (int i = 0; i < 300'000; ++i) text += "\xff\xfa\x01";
    EXPECT_EQ(left_of(text), text);
}

}  // namespace
}  // namespace earshot::respond
