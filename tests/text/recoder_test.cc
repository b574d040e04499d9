// Whatever the pieces: the same bytes, the same misfit, and both are what decoding and encoding by themselves say.
#include "text/recoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/text/text_fixture.h"
#include "text/code_point.h"

namespace earshot::text {
namespace {

struct Recoded {
    std::string bytes;
    std::optional<Misfit> first;
    ByteCount malformed = 0, lacking = 0;
    bool stopped = false;

    friend bool operator==(const Recoded&, const Recoded&) = default;
};

using Sources = std::vector<std::string>;

// Every source in pieces of `piece` bytes; 0: whole.
Recoded recoded(std::string_view from, std::string_view to, OnMisfit policy, const Sources& sources,
                std::size_t piece = 0) {
    Recoder recoder(named(from), named(to), policy);
    Recoded made;
    const auto keep = [&](ByteView bytes) { made.bytes += as_chars(bytes); };
    for (const std::string& source : sources) {
        const std::size_t step = piece == 0 ? source.size() + 1 : piece;
        for (std::size_t at = 0; at < source.size(); at += step) {
            keep(recoder.recode(as_bytes(std::string_view(source).substr(at, step))));
        }
        keep(recoder.end_source());
    }
    keep(recoder.finish());
    made.first = recoder.first();
    made.malformed = recoder.malformed();
    made.lacking = recoder.lacking();
    made.stopped = recoder.has_stopped();
    return made;
}

Misfit lacking_at(ByteCount at, char32_t code_point) { return {at, code_point, 0, false, {}}; }

TEST(Recoder, TakesTextFromOneEncodingToAnother) {
    const std::string gbk = from_hex("C4E3BAC3") + "!";
    EXPECT_EQ(recoded("gbk", "utf-8", OnMisfit::stop, {gbk}), (Recoded{"你好!", {}, 0, 0, false}));
    EXPECT_EQ(recoded("utf-8", "gbk", OnMisfit::stop, {"你好!"}), (Recoded{gbk, {}, 0, 0, false}));
    EXPECT_EQ(recoded("latin1", "gb18030", OnMisfit::stop, {"\xE9"}).bytes, from_hex("A8A6"));
}

TEST(Recoder, StopsBeforeMalformedBytesAndNamesThem) {
    const Recoded made = recoded("gbk", "utf-8", OnMisfit::stop, {from_hex("C4E381FF") + "more"});
    EXPECT_EQ(made, (Recoded{"你", Misfit{2, 0, 2, false, {0x81, 0xFF}}, 1, 0, true}));
}

TEST(Recoder, StopsBeforeWhatTheTargetLacksAndNamesIt) {
    const Recoded made =
        recoded("gb18030", "gbk", OnMisfit::stop, {from_hex("C4E3") + "a" + from_hex("9439FC36") + "b"});
    EXPECT_EQ(made, (Recoded{from_hex("C4E3") + "a", lacking_at(3, U'\U0001F600'), 0, 1, true}));
}

TEST(Recoder, StopsAtWhatComesFirst) {
    EXPECT_EQ(recoded("utf-8", "gbk", OnMisfit::stop, {"a🎉\xFF"}).first, lacking_at(1, U'🎉'));
    EXPECT_EQ(recoded("utf-8", "gbk", OnMisfit::stop, {"a\xFF🎉"}).first, (Misfit{1, 0, 1, false, {0xFF}}));
}

TEST(Recoder, GivesNothingAfterAStop) {
    Recoder recoder(named("gbk"), utf8(), OnMisfit::stop);
    EXPECT_EQ(as_chars(recoder.recode(as_bytes("a\xFF"
                                               "b"))),
              "a");
    EXPECT_TRUE(recoder.recode(as_bytes("c")).empty());
    EXPECT_TRUE(recoder.end_source().empty());
    EXPECT_EQ(recoder.malformed(), 1U);
}

TEST(Recoder, ReplacesAsTheStandardDoes) {
    EXPECT_EQ(recoded("gbk", "utf-8", OnMisfit::replace, {from_hex("81FF") + "a"}),
              (Recoded{"\uFFFDa", Misfit{0, 0, 2, false, {0x81, 0xFF}}, 1, 0, false}));
    EXPECT_EQ(recoded("utf-8", "gbk", OnMisfit::replace, {"a🎉b"}),
              (Recoded{"a&#127881;b", lacking_at(1, U'🎉'), 0, 1, false}));
}

TEST(Recoder, CountsMalformedBytesOnceWhereTheTargetLacksTheReplacementCharacterToo) {
    EXPECT_EQ(recoded("utf-8", "gbk", OnMisfit::replace, {"a\xFF"}),
              (Recoded{"a&#65533;", Misfit{1, 0, 1, false, {0xFF}}, 1, 0, false}));
    EXPECT_EQ(recoded("utf-8", "gb18030", OnMisfit::replace, {"\xFF"}).bytes, from_hex("8431A437"));
}

TEST(Recoder, TellsAReplacementCharacterThatWasInTheSourceFromOneOfItsOwn) {
    EXPECT_EQ(recoded("utf-8", "utf-8", OnMisfit::escape, {"\uFFFD\xFF"}).bytes, "\uFFFD\\xff");
    EXPECT_EQ(recoded("utf-8", "gbk", OnMisfit::escape, {"\uFFFD\xFF"}),
              (Recoded{"\\u{fffd}\\xff", lacking_at(0, U'\uFFFD'), 1, 1, false}));
}

TEST(Recoder, EscapesEveryMalformedByteAndEveryCharacterLacking) {
    EXPECT_EQ(recoded("gbk", "utf-8", OnMisfit::escape, {from_hex("81FF") + "a"}).bytes, "\\x81\\xffa");
    EXPECT_EQ(recoded("utf-8", "latin1", OnMisfit::escape, {"é你🎉"}).bytes, "\xE9\\u{4f60}\\u{1f389}");
}

TEST(Recoder, TakesAnIncompleteCharacterAtTheEndOfASourceForMalformed) {
    EXPECT_EQ(recoded("gbk", "utf-8", OnMisfit::stop, {"ab\xC4"}),
              (Recoded{"ab", Misfit{2, 0, 1, true, {0xC4}}, 1, 0, true}));
    EXPECT_EQ(recoded("gbk", "utf-8", OnMisfit::escape, {"a\xC4", "\xE3\n"}).bytes, "a\\xc4\\xe3\n");
}

TEST(Recoder, CountsOffsetsFromTheStartOfEachSource) {
    EXPECT_EQ(recoded("gbk", "utf-8", OnMisfit::stop, {"abc", "de\xFF"}).first, (Misfit{2, 0, 1, false, {0xFF}}));
    EXPECT_EQ(recoded("utf-8", "gbk", OnMisfit::stop, {"abc", "de🎉"}).first, lacking_at(2, U'🎉'));
}

TEST(Recoder, LeavesAByteOrderMarkInPlace) {
    EXPECT_EQ(recoded("utf-8", "gb18030", OnMisfit::stop, {"\uFEFFa"}).bytes, from_hex("84319533") + "a");
    EXPECT_EQ(recoded("utf-8", "utf-8", OnMisfit::stop, {"\uFEFFa"}).bytes, "\uFEFFa");
}

// Whether the end cut the last unit, or the next byte would not have helped: the decoder knows.
bool is_cut_by_its_end(const Encoding& from, const std::string& raw) {
    Decoder decoder(from);
    std::string text;
    decoder.decode(as_bytes(raw), text);
    return decoder.pending() != 0;
}

// The same by the longest way: every unit by itself, every character by itself.
Recoded by_units(const Encoding& from, const Encoding& to, OnMisfit policy, const std::string& raw) {
    Recoded made;
    std::vector<std::uint8_t> bytes;
    Encoder encoder(to);
    ByteCount raw_at = 0;
    std::size_t text_at = 0;
    const Decoded decoded = decode_whole(from, raw);
    const auto meet = [&](const Misfit& misfit) {
        if (!made.first) made.first = misfit;
        misfit.is_malformed() ? ++made.malformed : ++made.lacking;
        made.stopped = policy == OnMisfit::stop;
    };
    for (const Run& run : decoded.runs) {
        for (std::uint32_t done = 0; done < run.raw_size && !made.stopped; done += run.raw_unit) {
            const std::string_view text = std::string_view(decoded.text).substr(text_at, run.text_unit);
            std::string substitute;
            if (run.kind == RunKind::error) {
                Misfit misfit{raw_at, 0, run.raw_unit, raw_at + run.raw_unit == raw.size(), {}};
                std::memcpy(misfit.bytes, raw.data() + raw_at, run.raw_unit);
                misfit.is_cut = misfit.is_cut && is_cut_by_its_end(from, raw);
                meet(misfit);
                for (unsigned i = 0; i < run.raw_unit; ++i) {
                    substitute += "\\x" + fmt::format("{:02x}", static_cast<std::uint8_t>(raw[raw_at + i]));
                }
                if (policy == OnMisfit::replace) substitute = encoded_hex(to, text).empty() ? "&#65533;" : "\uFFFD";
            } else if (run.kind == RunKind::text && encoder.encode(text, bytes)) {
                const char32_t character = code_point_at(text, 0).value;
                meet(lacking_at(raw_at, character));
                const auto number =
                    static_cast<std::uint32_t>(policy == OnMisfit::replace && character < 0x80 ? U'\uFFFD' : character);
                substitute =
                    policy == OnMisfit::replace ? fmt::format("&#{};", number) : fmt::format("\\u{{{:x}}}", number);
            }
            if (!made.stopped) {
                EXPECT_FALSE(encoder.encode(substitute, bytes));
            }
            raw_at += run.raw_unit;
            text_at += run.text_unit;
        }
    }
    encoder.finish(bytes);
    made.bytes = as_chars(bytes);
    return made;
}

std::string random_source(std::mt19937& random) {
    static const std::string kPieces[] = {
        "a",        "\n",   "plain text ", std::string(5000, 'x'), "你好",     "é",      "🎉",     "\uFFFD",
        "\xC4\xE3", "\x81", "\xFF",        "\x81\x30\x81\x30",     "\xE4\xBD", "\x1B$B", "\x1B(B"};
    std::string raw;
    for (std::size_t left = random() % 30; left > 0; --left) raw += kPieces[random() % std::size(kPieces)];
    return raw;
}

TEST(Recoder, AnyPiecesGiveWhatUnitByUnitGives) {
    std::mt19937 random(11);
    for (const Encoding& from : encodings()) {
        for (const char* target : {"utf-8", "gbk", "gb18030", "windows-1252", "iso-2022-jp", "utf-16le"}) {
            const Encoding* const to = find_encoding(target);
            if (to == nullptr) continue;
            for (const OnMisfit policy : {OnMisfit::stop, OnMisfit::replace, OnMisfit::escape}) {
                for (int round = 0; round < 12; ++round) {
                    const std::string raw = random_source(random);
                    const Recoded expected = by_units(from, *to, policy, raw);
                    for (const std::size_t piece :
                         {std::size_t(0), std::size_t(1), std::size_t(2), 1 + random() % 5000}) {
                        const Recoded made = recoded(from.name, target, policy, {raw}, piece);
                        ASSERT_EQ(made.bytes, expected.bytes) << from.name << " to " << target << " by " << piece;
                        ASSERT_EQ(made, expected) << from.name << " to " << target << " by " << piece;
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace earshot::text
