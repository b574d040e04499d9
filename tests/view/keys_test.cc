#include "view/editor/keys.h"

#include <gtest/gtest.h>

#include <random>

namespace earshot::view {
namespace {

std::vector<Key> keys_of(std::string_view bytes) {
    KeyDecoder decoder;
    std::vector<Key> keys;
    decoder.feed(bytes, keys);
    return keys;
}
Key named(KeyCode code, bool ctrl = false, bool alt = false, bool shift = false) {
    return {.code = code, .ctrl = ctrl, .alt = alt, .shift = shift};
}
Key pasted(std::string text) { return {.code = KeyCode::paste, .text = std::move(text)}; }
using Keys = std::vector<Key>;

TEST(KeyDecoder, ReadsCharactersOfAnyLength) {
    EXPECT_EQ(keys_of("aé你😀"),
              (Keys{character_key(U'a'), character_key(U'é'), character_key(U'你'), character_key(U'😀')}));
}

TEST(KeyDecoder, ReadsControlKeys) {
    EXPECT_EQ(keys_of(std::string_view("\0\x01\x08\x1a\x1f", 5)),
              (Keys{ctrl_key('@'), ctrl_key('a'), ctrl_key('h'), ctrl_key('z'), ctrl_key('_')}));
    EXPECT_EQ(keys_of("\t\r\n\x7f"),
              (Keys{named(KeyCode::tab), named(KeyCode::enter), ctrl_key('j'), named(KeyCode::backspace)}));
}

struct Sequence {
    const char* bytes;
    Key key;
};
class KeySequence : public testing::TestWithParam<Sequence> {};
TEST_P(KeySequence, GivesItsKey) { EXPECT_EQ(keys_of(GetParam().bytes), Keys{GetParam().key}); }
INSTANTIATE_TEST_SUITE_P(
    All, KeySequence,
    testing::Values(Sequence{"\x1b[A", named(KeyCode::up)}, Sequence{"\x1bOA", named(KeyCode::up)},
                    Sequence{"\x1b[D", named(KeyCode::left)}, Sequence{"\x1b[H", named(KeyCode::home)},
                    Sequence{"\x1bOF", named(KeyCode::end)}, Sequence{"\x1b[1~", named(KeyCode::home)},
                    Sequence{"\x1b[7~", named(KeyCode::home)}, Sequence{"\x1b[8~", named(KeyCode::end)},
                    Sequence{"\x1b[3~", named(KeyCode::remove)}, Sequence{"\x1b[5~", named(KeyCode::page_up)},
                    Sequence{"\x1b[1;5C", named(KeyCode::right, true)},
                    Sequence{"\x1b[5C", named(KeyCode::right, true)}, Sequence{"\x1bOc", named(KeyCode::right, true)},
                    Sequence{"\x1b[1;3D", named(KeyCode::left, false, true)},
                    Sequence{"\x1b\x1b[D", named(KeyCode::left, false, true)},
                    Sequence{"\x1b[3;5~", named(KeyCode::remove, true)},
                    Sequence{"\x1b[3^", named(KeyCode::remove, true)},
                    Sequence{"\x1b[3$", named(KeyCode::remove, false, false, true)},
                    Sequence{"\x1b[a", named(KeyCode::up, false, false, true)},
                    Sequence{"\x1b[Z", named(KeyCode::tab, false, false, true)},
                    Sequence{"\x1b"
                             "b",
                             alt_key('b')},
                    Sequence{"\x1b\x7f", named(KeyCode::backspace, false, true)}, Sequence{"\x1b你", alt_key(U'你')},
                    Sequence{"\x1b[97;5u", ctrl_key('a')}, Sequence{"\x1b[27;5;97~", ctrl_key('a')},
                    Sequence{"\x1b[13u", named(KeyCode::enter)}, Sequence{"\x1bOM", named(KeyCode::enter)}));

TEST(KeyDecoder, SwallowsWhatItDoesNotKnow) {
    for (const char* bytes : {"\x1b[15~", "\x1b[?1;2c", "\x1b[>0;95;0c", "\x1b[12;40R", "\x1b[[A", "\x1b[I", "\x1bOP",
                              "\x1b[57358u", "\x1b[1;2;3;4;5;6;7x"}) {
        EXPECT_EQ(keys_of(std::string(bytes) + "x"), Keys{character_key('x')}) << bytes + 1;
    }
    EXPECT_EQ(keys_of("\x1b[" + std::string(100'000, '1') + "Cx"), Keys{character_key('x')});
}

TEST(KeyDecoder, LeavesABrokenSequenceForTheNextKey) {
    EXPECT_EQ(keys_of("\x1b[1\x1b[A"), Keys{named(KeyCode::up)});
    EXPECT_EQ(keys_of("\x1b[1;\x03"), Keys{ctrl_key('c')});
}

TEST(KeyDecoder, GivesAReplacementForBytesThatAreNoUtf8) {
    EXPECT_EQ(keys_of("\xff"
                      "a\xe4\xbd"
                      "b\xc3\x1b[A"),
              (Keys{character_key(0xfffd), character_key('a'), character_key(0xfffd), character_key('b'),
                    character_key(0xfffd), named(KeyCode::up)}));
}

TEST(KeyDecoder, TellsALoneEscapeByTheTimeout) {
    KeyDecoder decoder;
    Keys keys;
    decoder.feed("\x1b", keys);
    EXPECT_TRUE(decoder.pending());
    EXPECT_EQ(keys, Keys{});
    decoder.timeout(keys);
    EXPECT_FALSE(decoder.pending());
    decoder.feed("a\x1b[", keys);
    decoder.timeout(keys);
    decoder.feed("\x1bO", keys);
    decoder.timeout(keys);
    decoder.feed("\x1b[1;", keys);
    decoder.timeout(keys);
    decoder.feed("\xe4", keys);
    decoder.timeout(keys);
    decoder.timeout(keys);
    decoder.feed("b", keys);
    EXPECT_EQ(keys, (Keys{named(KeyCode::escape), character_key('a'), alt_key('['), alt_key('O'), character_key(0xfffd),
                          character_key('b')}));
}

TEST(KeyDecoder, GivesAPasteWhole) {
    EXPECT_EQ(keys_of("a\x1b[200~one\r\ntwo\rthree\nfour\x1b[201~b"),
              (Keys{character_key('a'), pasted("one\ntwo\nthree\nfour"), character_key('b')}));
    EXPECT_EQ(keys_of("\x1b[200~\x1b[201~"), Keys{pasted("")});
    EXPECT_EQ(keys_of("\x1b[200~\x1b[A\x03\xff\x1b\x1b[201\x1b[201~"), Keys{pasted("\x1b[A\x03\ufffd\x1b\x1b[201")});
}

TEST(KeyDecoder, KeepsWaitingForTheEndOfAPaste) {
    KeyDecoder decoder;
    Keys keys;
    decoder.feed("\x1b[200~one\x1b[2", keys);
    EXPECT_FALSE(decoder.pending());
    decoder.timeout(keys);
    EXPECT_TRUE(keys.empty());
    decoder.feed("01~", keys);
    EXPECT_EQ(keys, Keys{pasted("one")});
}

TEST(KeyDecoder, CutsAPasteAtItsLimitAndSaysSo) {
    const std::string_view character = "你";
    std::string bytes = "\x1b[200~";
    while (bytes.size() < KeyDecoder::kMaxPaste + 100) bytes += character;
    const Keys keys = keys_of(bytes + "\x1b[201~x");
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_TRUE(keys[0].cut);
    EXPECT_LE(keys[0].text.size(), KeyDecoder::kMaxPaste);
    EXPECT_GT(keys[0].text.size(), KeyDecoder::kMaxPaste - 4);
    EXPECT_TRUE(keys[0].text.ends_with(character));
    EXPECT_EQ(keys[1], character_key('x'));
}

TEST(KeyDecoder, GivesTheSameKeysHoweverTheBytesAreCut) {
    static const std::string_view kPieces[] = {"a",       "你",        "😀",         "\x1b[A", "\x1bOc", "\x1b\x1b[1;5C",
                                               "\x1b",    "\x1b[200~", "\x1b[201~", "\r\n",   "\xe4",   "\xbd",
                                               "\xff",    "[",         "O",         "1;",     "~",      "\x1b[97;5u",
                                               "\x1b[[A", "\x03"};
    std::mt19937 random(11);
    for (int i = 0; i < 3000; ++i) {
        std::string bytes;
        for (auto n = random() % 12; n > 0; --n) bytes += kPieces[random() % std::size(kPieces)];
        bytes += "\x1b[201~";  // so that a paste shows
        const Keys whole = keys_of(bytes);
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            KeyDecoder decoder;
            Keys keys;
            decoder.feed(std::string_view(bytes).substr(0, cut), keys);
            decoder.feed(std::string_view(bytes).substr(cut), keys);
            ASSERT_EQ(keys, whole) << cut;
        }
        KeyDecoder decoder;
        Keys keys;
        for (const char c : bytes) decoder.feed({&c, 1}, keys);
        ASSERT_EQ(keys, whole);
    }
}

}  // namespace
}  // namespace earshot::view
