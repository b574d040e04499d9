#include "frame/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/frame/drive.h"

namespace earshot::frame {
namespace {

using testing::ElementsAre;

TEST(LineFramer, JoinsLineSplitAcrossReads) {
    LineFramer framer(100);
    Drive drive(framer);
    drive.show("hel");
    EXPECT_TRUE(drive.pieces().empty());
    drive.show("lo\nwor");
    EXPECT_THAT(brief(drive.pieces()), ElementsAre("hello"));
    EXPECT_EQ(drive.pieces()[0].raw, "hello\n");
    EXPECT_EQ(drive.kept(), 3U);
}

TEST(LineFramer, TakesOneCarriageReturnBeforeTheLineFeed) {
    EXPECT_THAT(brief(pieces_of("line", 9, "a\r\nb\r\r\n\r\n\nc\rd\n\r")),
                ElementsAre("a", "b\r", "", "", "c\rd", "\r"));
    EXPECT_THAT(brief(pieces_of("line", 9, "a\r\nb", {2})), ElementsAre("a", "b"));
}

TEST(LineFramer, GivesTheRestAtTheEndAsAMessage) {
    EXPECT_THAT(brief(pieces_of("line", 9, "a\nb")), ElementsAre("a", "b"));
    EXPECT_THAT(brief(pieces_of("line", 9, "a\n")), ElementsAre("a"));
}

TEST(LineFramer, AllowsALineOfExactlyTheLimit) {
    EXPECT_THAT(brief(pieces_of("line", 4, "abcd\nabcd")), ElementsAre("abcd", "abcd"));
}

TEST(LineFramer, GivesUpALongLineInPiecesAndIsInStepAfterIt) {
    EXPECT_THAT(brief(pieces_of("line", 4, "abcde\nok\n")), ElementsAre("!abcd", "!e\n", "ok"));
    EXPECT_THAT(brief(pieces_of("line", 4, "abcdefgh\nok\n")), ElementsAre("!abcd", "!efgh\n", "ok"));
    EXPECT_THAT(brief(pieces_of("line", 4, "abcdefghi\nok\n")), ElementsAre("!abcd", "!efgh", "!i\n", "ok"));
    EXPECT_THAT(brief(pieces_of("line", 4, "abcdefg")), ElementsAre("!abcd", "!efg"));
    EXPECT_THAT(brief(pieces_of("line", 1, "ab\nc\n")), ElementsAre("!a", "!b\n", "c"));
}

TEST(LineFramer, NeverAsksTheCallerToKeepMoreThanTheLimit) {
    LineFramer framer(16);
    Drive drive(framer);
    for (int i = 0; i < 1000; ++i) {
        drive.show("x");
        EXPECT_LE(drive.kept(), 16U);
    }
}

constexpr LineCodes kLittle{.unit = 2, .line_feed = {'\n', 0}, .carriage_return = {'\r', 0}};
constexpr LineCodes kBig{.unit = 2, .line_feed = {0, '\n'}, .carriage_return = {0, '\r'}};
constexpr LineCodes kWide{.unit = 4, .line_feed = {0, 0, 0, '\n'}, .carriage_return = {0, 0, 0, '\r'}};
constexpr LineCodes kMark{.mark_decides = true};

std::vector<std::string> lines(std::string_view stream, const LineCodes& codes, ByteCount most = 100) {
    return brief(pieces_of("line", most, stream, {}, codes));
}

// U+0A41, U+410A, and U+0A00 behind U+0041, whose bytes 0A 00 belong to two code units.
TEST(LineFramer, CutsUtf16AtCodeUnitsOnly) {
    using namespace std::literals;
    EXPECT_THAT(lines("A\n\nA\n\0z\0"sv, kLittle), ElementsAre("A\n\nA"sv, "z\0"sv));
    EXPECT_THAT(lines("\nAA\n\0\n\0z"sv, kBig), ElementsAre("\nAA\n"sv, "\0z"sv));
    EXPECT_THAT(lines("A\0\0\nB\0\n\0"sv, kLittle), ElementsAre("A\0\0\nB\0"sv));
    EXPECT_THAT(lines("\0A\n\0\0\n"sv, kBig), ElementsAre("\0A\n\0"sv));
    EXPECT_THAT(lines("\n\n\n\0"sv, kLittle), ElementsAre("\n\n"sv));
}

TEST(LineFramer, TakesTheCarriageReturnOfTheEncodingOnly) {
    using namespace std::literals;
    EXPECT_THAT(lines("A\0\r\0\n\0"sv, kLittle), ElementsAre("A\0"sv));
    EXPECT_THAT(lines("\r\r\n\0\r\0\n\0"sv, kLittle), ElementsAre("\r\r"sv, ""sv));
    EXPECT_THAT(lines("\0\r\0\n\r\0\0\n"sv, kBig), ElementsAre(""sv, "\r\0"sv));
    EXPECT_THAT(lines("\0\0\0A\0\0\0\r\0\0\0\n\0\0"sv, kWide), ElementsAre("\0\0\0A"sv, "\0\0"sv));
    EXPECT_THAT(lines("a\x0d\x25\x0a\x25", {.unit = 1, .line_feed = {0x25}, .carriage_return = {0x0D}}),
                ElementsAre("a", "\n"));
}

TEST(LineFramer, GivesUpALongLineInWholeCodeUnits) {
    using namespace std::literals;
    EXPECT_THAT(lines("a\0b\0c\0\n\0d\0\n\0"sv, kLittle, 5), ElementsAre("!a\0b\0"sv, "!c\0\n\0"sv, "d\0"sv));
    EXPECT_THAT(lines("a\0b\0\n\0"sv, kLittle, 5), ElementsAre("a\0b\0"sv));
    EXPECT_THAT(lines("a\0b\0\n\0"sv, kLittle, 1), ElementsAre("!a\0"sv, "!b\0\n\0"sv));
    EXPECT_THAT(lines("a\0b\0c"sv, kLittle, 4), ElementsAre("!a\0b\0"sv, "!c"sv));
}

TEST(LineFramer, BelievesAByteOrderMarkWhereNobodyNamedAnEncoding) {
    using namespace std::literals;
    for (const std::size_t cut : {1U, 2U, 3U, 5U, 6U}) {
        EXPECT_THAT(brief(pieces_of("line", 99, "\xFF\xFE\nA\n\0b\0"sv, {cut}, kMark)),
                    ElementsAre("\xFF\xFE\nA"sv, "b\0"sv));
        EXPECT_THAT(brief(pieces_of("line", 99,
                                    "\xFE\xFF"
                                    "A\n\0\n\0b"sv,
                                    {cut}, kMark)),
                    ElementsAre("\xFE\xFF"
                                "A\n"sv,
                                "\0b"sv));
    }
    EXPECT_THAT(lines("a\nb\n\xFF\xFE\n\0"sv, kMark), ElementsAre("a", "b", "\xFF\xFE", "\0"sv));
    EXPECT_THAT(lines("\xFF", kMark), ElementsAre("\xFF"));
    EXPECT_THAT(lines("\xFE\n", kMark), ElementsAre("\xFE"));
}

TEST(LineFramer, CutsAnyCodeUnitsAlikeHoweverTheyCome) {
    std::srand(3);
    for (int round = 0; round < 3000; ++round) {
        std::string stream;
        for (int size = std::rand() % 60; size > 0; --size) stream += "\0\0\0\n\n\ra\xFF\xFE"[std::rand() % 9];
        std::vector<std::size_t> cuts;
        for (std::size_t at = 1; at < stream.size(); ++at) {
            if (std::rand() % (1 + round % 6) == 0) cuts.push_back(at);
        }
        const ByteCount most = 1 + static_cast<ByteCount>(std::rand() % 30);
        for (const LineCodes& codes : {kLittle, kBig, kWide, kMark}) {
            for (const char* name : {"line", "delim:0a00", "delim:0000", "delim:000000000a00", "delim:0a"}) {
                const auto whole = pieces_of(name, most, stream, {}, codes);
                ASSERT_EQ(joined(whole), stream);
                ASSERT_EQ(brief(pieces_of(name, most, stream, cuts, codes)), brief(whole))
                    << name << ' ' << most << ' ' << testing::PrintToString(stream);
            }
        }
    }
}

TEST(LineFramer, GoesByNewCodesFromTheFirstByteNotYetTaken) {
    using namespace std::literals;
    LineFramer framer(100);
    Drive drive(framer);
    drive.show("a\nb\0"sv);
    framer.set_line_codes(kLittle);
    drive.show("\n\0c\0"sv);
    EXPECT_THAT(brief(drive.pieces()), ElementsAre("a", "b\0"sv));
    framer.set_line_codes({});
    drive.show("\n");
    EXPECT_THAT(brief(drive.pieces()), ElementsAre("a", "b\0"sv, "c\0"sv));
}

}  // namespace
}  // namespace earshot::frame
