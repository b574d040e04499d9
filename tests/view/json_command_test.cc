#include "view/json_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace earshot::view {
namespace {

using namespace model;
using testing::AllOf;
using testing::HasSubstr;

Command command_of(std::string_view line) {
    auto made = parse_command(line);
    EXPECT_TRUE(made) << line << ": " << made.error().message;
    return made ? std::move(*made) : Command();
}

std::string error_of(std::string_view line, CommandOrigin* origin = nullptr) {
    const auto made = parse_command(line, origin);
    EXPECT_FALSE(made) << line;
    if (made) return "";
    EXPECT_EQ(made.error().reason, Reason::usage);
    EXPECT_EQ(made.error().message.find('\n'), std::string::npos);
    return made.error().message;
}

template <typename Body>
Body body_of(std::string_view line) {
    const Command command = command_of(line);
    EXPECT_TRUE(std::holds_alternative<Body>(command.body)) << line;
    return std::holds_alternative<Body>(command.body) ? std::get<Body>(command.body) : Body();
}

TEST(JsonCommand, SendsText) {
    const Command command = command_of(R"({"command":"send","id":7,"text":"你\u597d\ud83d\ude00\n","ref":"r"})");
    EXPECT_EQ(command.id, SessionId{7});
    EXPECT_FALSE(command.all);
    EXPECT_EQ(command.ref, "r");
    EXPECT_EQ(std::get<SendText>(command.body).text, "你好😀\n");
    EXPECT_TRUE(std::get<SendText>(command.body).eol);
    EXPECT_FALSE(body_of<SendText>(R"({"command":"send","text":"","eol":false})").eol);
    using namespace std::string_literals;
    EXPECT_EQ(body_of<SendText>(R"({"command":"send","text":"a\u0000b"})").text, "a\0b"s);
}

TEST(JsonCommand, SendsBytes) {
    EXPECT_THAT(body_of<SendBytes>(R"({"command":"send","bytes":"AP8="})").bytes, testing::ElementsAre(0, 255));
    EXPECT_THAT(body_of<SendBytes>(R"({"command":"send","bytes":""})").bytes, testing::IsEmpty());
}

TEST(JsonCommand, AddressesOneAllOrTheOnlyOne) {
    EXPECT_EQ(command_of(R"({"command":"close"})").id, SessionId{});
    EXPECT_TRUE(command_of(R"({"command":"close","id":"all"})").all);
    EXPECT_EQ(command_of(R"({"command":"close","id":18446744073709551615})").id, SessionId{18446744073709551615U});
    for (const char* id : {"0", "-1", "1.5", "1.0", "1e3", "\"1\"", "\"\"", "\"ALL\"", "null", "true", "[1]", "{}",
                           "18446744073709551616"}) {
        EXPECT_THAT(error_of(R"({"command":"close","id":)" + std::string(id) + "}"), HasSubstr("\"id\"")) << id;
    }
}

TEST(JsonCommand, KnowsEveryOtherCommand) {
    body_of<HalfClose>(R"({"command":"half-close","id":1})");
    body_of<Close>(R"({"command":"close","id":1})");
    body_of<Reset>(R"({"command":"reset","id":1})");
    body_of<Quit>(R"({"command":"quit"})");
    body_of<Reconnect>(R"({"command":"reconnect"})");
    EXPECT_EQ(body_of<SetReply>(R"({"command":"reply"})").reply, "");
    EXPECT_EQ(body_of<SetReply>(R"({"command":"reply","reply":"rules:a"})").reply, "rules:a");
    EXPECT_EQ(body_of<SetFraming>(R"({"command":"set-frame","frame":"fixed:3"})").frame, "fixed:3");
    EXPECT_EQ(body_of<SetEol>(R"({"command":"set-eol","eol":"cr"})").eol, "cr");
    const auto encoding = body_of<SetEncoding>(R"({"command":"set-encoding","in":"gbk"})");
    EXPECT_EQ(encoding.in, "gbk");
    EXPECT_FALSE(encoding.out);
}

TEST(JsonCommand, TakesARefOfAnyTextOrNumber) {
    EXPECT_EQ(command_of(R"({"command":"quit","ref":"\"\u0000\n"})").ref, std::string("\"\0\n", 3));
    EXPECT_EQ(command_of(R"({"command":"quit","ref":42})").ref, "42");
    EXPECT_EQ(command_of(R"({"command":"quit","ref":-7})").ref, "-7");
    EXPECT_THAT(error_of(R"({"command":"quit","ref":null})"), HasSubstr("\"ref\""));
}

TEST(JsonCommand, IgnoresUnknownFieldsSpaceAndLineEnds) {
    body_of<Quit>("  {\"x\":[{\"y\":[1]}], \"command\" : \"quit\", \"\":null}  \r\n");
}

TEST(JsonCommand, NamesWhatIsWrong) {
    EXPECT_THAT(error_of(R"({"command":"sned"})"), AllOf(HasSubstr("\"sned\""), HasSubstr("send half-close close")));
    EXPECT_THAT(error_of(R"({"command":7})"), HasSubstr("\"command\" must be a string"));
    EXPECT_THAT(error_of(R"({"text":"x"})"), HasSubstr("needs \"command\""));
    EXPECT_THAT(error_of(R"({"command":"send"})"), HasSubstr("either \"text\" or \"bytes\""));
    EXPECT_THAT(error_of(R"({"command":"send","text":"a","bytes":""})"), HasSubstr("either"));
    EXPECT_THAT(error_of(R"({"command":"send","text":1})"), HasSubstr("\"text\" must be a string"));
    EXPECT_THAT(error_of(R"({"command":"send","bytes":"AP8"})"), HasSubstr("base64"));
    EXPECT_THAT(error_of(R"({"command":"send","text":"a","eol":"lf"})"), HasSubstr("true or false"));
    EXPECT_THAT(error_of(R"({"command":"set-encoding"})"), HasSubstr("\"in\""));
    EXPECT_THAT(error_of(R"({"command":"set-encoding","in":null})"), HasSubstr("\"in\" must be a string"));
    EXPECT_THAT(error_of(R"({"command":"set-frame"})"), HasSubstr("\"frame\""));
    EXPECT_THAT(error_of(R"({"command":"set-eol","eol":3})"), HasSubstr("\"eol\""));
}

TEST(JsonCommand, RefusesWhatIsNoJsonObject) {
    using namespace std::string_view_literals;
    for (const std::string_view line :
         {""sv, "\n"sv, "quit"sv, "{"sv, "[]"sv, "7"sv, "null"sv, "{}{}"sv, "{\"command\":\"quit\"} x"sv,
          "{\"command\":\"quit\",}"sv, "{'command':'quit'}"sv, "{\"command\":\"quit\"\0}"sv, "\xef\xbb\xbf{}"sv,
          "{\"command\":\"send\",\"text\":\"\xff\"}"sv, "{\"command\":\"send\",\"text\":\"\\ud800\"}"sv,
          "{\"command\":\"send\",\"text\":\"a\nb\"}"sv}) {
        EXPECT_NE(error_of(line), "") << line;
    }
}

TEST(JsonCommand, LimitsDepthAndSize) {
    error_of("{\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + ",\"command\":\"quit\"}");
    EXPECT_THAT(error_of(std::string(kLongestCommandLine + 1, ' ')), HasSubstr("longer than"));
    EXPECT_LT(error_of("{\"command\":\"" + std::string(1'000'000, 'x') + "\"}").size(), 400U);
}

TEST(JsonCommand, TellsWhomToAnswerAlsoWhereItRefuses) {
    CommandOrigin origin;
    error_of(R"({"command":"send","id":3,"ref":"r","bytes":"?"})", &origin);
    EXPECT_EQ(origin.ref, "r");
    EXPECT_EQ(origin.id, SessionId{3});
    error_of(R"({"command":"send","id":"x","ref":"s","bytes":"?"})", &origin);
    EXPECT_EQ(origin.ref, "s");
    EXPECT_EQ(origin.id, SessionId{});
    error_of("{", &origin);
    EXPECT_EQ(origin.ref, "");
}

}  // namespace
}  // namespace earshot::view
