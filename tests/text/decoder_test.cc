// What holds for every encoding: cuts do not matter, runs tile, what is malformed is told with its bytes.
#include "text/decoder.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

// Pieces of every kind that a stream can hold: ASCII short and long, text, halves of units, noise.
std::string random_stream(std::mt19937& random, std::size_t pieces) {
    static const std::string kPieces[] = {from_hex("C4E3BAC3"),
                                          from_hex("81308130"),
                                          from_hex("8431A530"),
                                          from_hex("8130"),
                                          from_hex("81"),
                                          from_hex("FF"),
                                          from_hex("80"),
                                          from_hex("A8A4"),
                                          "\u4F60\u597D\u5417",
                                          "\u00E9",
                                          "\U0001F600",
                                          from_hex("E4BD"),
                                          from_hex("F09F98"),
                                          "a",
                                          "0",
                                          "\n",
                                          "hello, world ",
                                          std::string(300, 'x'),
                                          from_hex("E9"),
                                          from_hex("EDA080")};
    std::string raw;
    for (std::size_t i = 0; i < pieces; ++i) {
        const std::size_t kind = random() % (std::size(kPieces) + 4);
        if (kind < std::size(kPieces))
            raw += kPieces[kind];
        else
            for (int n = 0; n < 3; ++n) raw += static_cast<char>(random());
    }
    return raw;
}

std::vector<std::size_t> random_cuts(std::mt19937& random, std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = 1 + random() % 9; at < size; at += 1 + random() % (random() % 4 == 0 ? 600 : 5))
        cuts.push_back(at);
    return cuts;
}

TEST(Decoder, AnyCutsGiveTheSameTextMalformedUnitsAndRuns) {
    std::mt19937 random(7);
    for (const Encoding& encoding : encodings()) {
        for (int round = 0; round < 400; ++round) {
            const std::string raw = random_stream(random, 1 + random() % 40);
            const Decoded whole = decode_whole(encoding, raw);
            ASSERT_TRUE(tiles(whole, raw)) << encoding.name << ' ' << to_hex(as_bytes(raw));
            for (int cutting = 0; cutting < 4; ++cutting) {
                ASSERT_EQ(decode_cut(encoding, raw, random_cuts(random, raw.size())), whole)
                    << encoding.name << ' ' << to_hex(as_bytes(raw));
            }
        }
    }
}

TEST(Decoder, EverySplitOfRandomStreamsAgrees) {
    std::mt19937 random(8);
    for (const Encoding& encoding : encodings()) {
        for (int round = 0; round < 60; ++round) {
            const std::string raw = random_stream(random, 8);
            ASSERT_TRUE(every_cut_agrees(encoding, raw)) << encoding.name << ' ' << to_hex(as_bytes(raw));
        }
    }
}

// Text goes through a buffer of some thousand bytes: stretches that end just before, at and after its end.
TEST(Decoder, StretchesOfEveryLengthAroundTheBuffersEnd) {
    const std::string hanzi = from_hex("C4E3");
    for (std::size_t ascii = 3950; ascii < 4120; ++ascii) {
        std::string raw;
        while (raw.size() < ascii) raw += "ab\xC4\xE3";  // short stretches stay in the buffer
        std::string expected;
        for (std::size_t at = 0; at < raw.size(); at += 4) expected += "ab\u4F60";
        for (int i = 0; i < 1500; ++i) {
            raw += hanzi;
            expected += "\u4F60";
        }
        ASSERT_EQ(decode_whole(named("gbk"), raw).text, expected) << ascii;
    }
}

TEST(Decoder, LongAsciiOfEveryLengthAndAlignment) {
    for (const Encoding& encoding : encodings()) {
        if (!holds_ascii(encoding)) continue;
        for (std::size_t before = 0; before < 18; ++before) {
            for (std::size_t size = 100; size < 300; size += 7) {
                const std::string raw = std::string(before, 'a') + "\xC4\xE3\n" + std::string(size, 'b') + "\xBA\xC3";
                const Decoded decoded = decode_whole(encoding, raw);
                ASSERT_TRUE(tiles(decoded, raw));
                ASSERT_NE(decoded.text.find(std::string(size, 'b')), std::string::npos);
                ASSERT_EQ(decoded.text.find(std::string(size + 1, 'b')), std::string::npos);
            }
        }
    }
}

TEST(Decoder, AppendsToWhatIsThere) {
    Decoder decoder(named("gbk"));
    std::string text = "before:";
    std::vector<MalformedUnit> malformed;
    decoder.decode(as_bytes("\xC4\xE3\xFF"), text, malformed);
    EXPECT_EQ(text, "before:\u4F60\uFFFD");
    ASSERT_EQ(malformed.size(), 1U);
    EXPECT_EQ(malformed[0], (MalformedUnit{2, 10, 1, {0xFF}}));
}

TEST(Decoder, HoldsWhatIsIncompleteAndShowsIt) {
    Decoder decoder(named("gbk"));
    std::string text;
    decoder.decode(as_bytes("A\x81\x30\x81"), text);
    EXPECT_EQ(text, "A");
    EXPECT_EQ(decoder.pending(), 3U);
    EXPECT_EQ(to_hex(decoder.held_bytes()), "813081");
    EXPECT_EQ(decoder.position(), 1U);
}

TEST(Decoder, FlushGoesOnAsNewWithItsPositionKept) {
    Decoder decoder(utf8());
    std::string text;
    std::vector<MalformedUnit> malformed;
    decoder.decode(as_bytes("a\xE4\xBD"), text, malformed);
    decoder.flush(text, malformed);
    decoder.decode(as_bytes("\xA0z"), text, malformed);
    EXPECT_EQ(text, "a\uFFFD\uFFFDz");
    EXPECT_EQ(malformed, (std::vector<MalformedUnit>{{1, 1, 2, {0xE4, 0xBD}}, {3, 4, 1, {0xA0}}}));
    EXPECT_EQ(decoder.position(), 5U);
}

TEST(Decoder, CopyLooksAheadWithoutDisturbing) {
    Decoder decoder(named("gbk"));
    std::string text;
    decoder.decode(as_bytes("\xC4"), text);
    Decoder ahead = decoder;
    std::string seen;
    ahead.flush(seen);
    decoder.decode(as_bytes("\xE3"), text);
    EXPECT_EQ(seen, "\uFFFD");
    EXPECT_EQ(text, "\u4F60");
}

TEST(Decoder, EmptyInputChangesNothing) {
    for (const Encoding& encoding : encodings()) {
        Decoder decoder(encoding);
        std::string text;
        std::vector<text::Run> runs;
        decoder.decode({}, text, runs);
        decoder.flush(text, runs);
        EXPECT_TRUE(text.empty() && runs.empty());
        EXPECT_EQ(decoder.position(), 0U);
    }
}

TEST(Decoder, RunsAreOneAStretchOfOneShape) {
    const Decoded decoded = decode_whole(named("gbk"), from_hex("C4E3BAC36162FFA8A481308130"));
    const std::vector<text::Run> expected = {{4, 6, 2, 3, RunKind::text},
                                             {2, 2, 1, 1, RunKind::text},
                                             {1, 3, 1, 3, RunKind::error},
                                             {2, 2, 2, 2, RunKind::text},
                                             {4, 2, 4, 2, RunKind::text}};
    EXPECT_EQ(decoded.runs, expected);
}

TEST(Decoder, FitsInAFewWords) { EXPECT_LE(sizeof(Decoder), 32U); }

}  // namespace
}  // namespace earshot::text
