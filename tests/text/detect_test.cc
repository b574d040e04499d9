#include "text/detect.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/text/text_fixture.h"

namespace earshot::text {
namespace {

Verdict judged(std::string_view raw) { return Detector({}).add(as_bytes(raw)); }

std::string in_gbk(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    EXPECT_EQ(Encoder(named("gbk")).encode(text, bytes), std::nullopt);
    return std::string(as_chars(bytes));
}

TEST(Detector, AsciiStaysUndecided) {
    EXPECT_EQ(judged("hello\n"), (Verdict{&utf8(), Certainty::undecided}));
    EXPECT_EQ(judged(""), (Verdict{&utf8(), Certainty::undecided}));
}
TEST(Detector, Utf8IsTentativeFirstAndStaysWithMore) {
    EXPECT_EQ(judged("é"), (Verdict{&utf8(), Certainty::tentative}));
    EXPECT_EQ(judged("你好"), (Verdict{&utf8(), Certainty::tentative}));
    EXPECT_EQ(judged("你好吗"), (Verdict{&utf8(), Certainty::sticky}));
}
TEST(Detector, CutCharacterIsNoEvidenceAgainstUtf8) {
    EXPECT_EQ(judged("\xE4\xBD"), (Verdict{&utf8(), Certainty::undecided}));
    EXPECT_EQ(judged("你\xE5\xA5"), (Verdict{&utf8(), Certainty::tentative}));
}
TEST(Detector, OneLineOfGbkIsEnough) {
    for (const char* line : {"你好", "在吗？", "好的，明天见。", "ok，收到", "温度：23℃", "联通", "谢谢！！", "１２３",
                             "服务器已经启动", "不行", "temp 温度 ok"}) {
        EXPECT_EQ(judged(in_gbk(line)), (Verdict{&named("gbk"), Certainty::tentative})) << line;
    }
}
TEST(Detector, StickyUtf8IsNotTurnedOver) {
    Detector detector({});
    detector.add(as_bytes("你好，世界"));
    EXPECT_EQ(detector.add(as_bytes(in_gbk("温度温度温度"))), (Verdict{&utf8(), Certainty::sticky}));
}
TEST(Detector, TentativeGuessTurnsOver) {
    Detector detector({});
    EXPECT_EQ(detector.add(as_bytes("\xC4\xA3")).encoding, &utf8());  // a letter in UTF-8, a hanzi in GBK
    EXPECT_EQ(detector.add(as_bytes(in_gbk("型很好"))).encoding, &named("gbk"));
}
TEST(Detector, Utf8WithAScratchIsStillUtf8) { EXPECT_EQ(judged("\x80 你好世界，今天天气不错").encoding, &utf8()); }
TEST(Detector, ByteOrderMarkDecidesAtTheStartOnly) {
    EXPECT_EQ(judged("\xEF\xBB\xBF"), (Verdict{&utf8(), Certainty::sticky}));
    EXPECT_EQ(judged("a\xEF\xBB\xBF"), (Verdict{&utf8(), Certainty::tentative}));
}
TEST(Detector, SampleIsBoundedAndThenTheVerdictStays) {
    Detector detector({});
    const std::string line = in_gbk("收到一条消息。\n");
    Verdict verdict;
    for (std::size_t sent = 0; sent < 2 * Detector::kSampleSize; sent += line.size())
        verdict = detector.add(as_bytes(line));
    EXPECT_EQ(verdict, (Verdict{&named("gbk"), Certainty::sticky}));
}
TEST(Detector, AsciiBetweenDoesNotUseTheSampleUp) {
    Detector detector({});
    detector.add(as_bytes("\xC4\xA3"));
    for (int i = 0; i < 100; ++i) detector.add(as_bytes(std::string(1000, '.')));
    EXPECT_EQ(detector.verdict(), (Verdict{&utf8(), Certainty::tentative}));
    EXPECT_EQ(detector.add(as_bytes(in_gbk("型很好"))).encoding, &named("gbk"));
}
TEST(Detector, CandidatesAreTheCallers) {
    const Encoding* const only_latin[] = {&named("windows-1252")};
    Detector detector(only_latin);
    EXPECT_EQ(detector.add(as_bytes("caf\xE9 \xE0 la carte")).encoding, &named("windows-1252"));
}

TEST(Detector, VerdictDoesNotDependOnCuts) {
    std::mt19937 random(9);
    const std::string pieces[] = {"你",
                                  "é",
                                  "\xEF\xBB\xBF",
                                  "\xFF\xFE",
                                  in_gbk("好的"),
                                  in_gbk("，"),
                                  "abc",
                                  "\xC4\xA3",
                                  "\x80",
                                  std::string(700, 'a'),
                                  in_gbk(std::string(900, 'b') + "天气")};
    for (int round = 0; round < 3000; ++round) {
        std::string raw;
        for (std::size_t n = random() % 12; n > 0; --n) raw += pieces[random() % std::size(pieces)];
        if (round % 50 == 0)
            while (raw.size() < 6000) raw += in_gbk("很长的一段话。");
        Detector in_pieces({});
        for (std::size_t at = 0; at < raw.size();) {
            const std::size_t size = 1 + random() % 7 * (random() % 3 == 0 ? 200 : 1);
            in_pieces.add(as_bytes(raw.substr(at, size)));
            at += size;
        }
        ASSERT_EQ(in_pieces.verdict(), judged(raw)) << to_hex(as_bytes(raw));
    }
}

}  // namespace
}  // namespace earshot::text
