#include "text/letter_score.h"

#include <cstdint>
#include <string_view>

namespace earshot::text {
namespace {

enum class Script : std::uint8_t { none, latin, greek, cyrillic, hebrew, arabic, thai };
enum class Case : std::uint8_t { none, lower, upper };

struct Letter {
    Script script = Script::none;
    Case letter_case = Case::none;
};

constexpr bool between(char32_t first, char32_t c, char32_t last) { return first <= c && c <= last; }

Letter latin_letter(char32_t c) {
    if (between('a', c, 'z') || (between(0xDF, c, 0xFF) && c != 0xF7)) return {Script::latin, Case::lower};
    if (between('A', c, 'Z') || (between(0xC0, c, 0xDE) && c != 0xD7) || c == 0x178)
        return {Script::latin, Case::upper};
    if (c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17F || c == 0x192) return {Script::latin, Case::lower};
    if (!between(0x100, c, 0x17E) && !between(0x218, c, 0x21B)) return {};
    // Pairs of capital and small letter; in two stretches the capital is the odd one.
    const bool odd_is_upper = between(0x139, c, 0x148) || between(0x179, c, 0x17E);
    return {Script::latin, (c % 2 == 1) == odd_is_upper ? Case::upper : Case::lower};
}

Letter letter_of(char32_t c) {
    if (c < 0x250) return latin_letter(c);
    if (between(0x386, c, 0x3AB)) return {Script::greek, c == 0x390 ? Case::lower : Case::upper};
    if (between(0x3AC, c, 0x3CE)) return {Script::greek, Case::lower};
    if (between(0x400, c, 0x42F) || c == 0x490) return {Script::cyrillic, Case::upper};
    if (between(0x430, c, 0x45F) || c == 0x491) return {Script::cyrillic, Case::lower};
    if (between(0x5B0, c, 0x5F4)) return {Script::hebrew, Case::none};
    if (between(0x60C, c, 0x6D2)) return {Script::arabic, Case::none};
    if (between(0xE01, c, 0xE5B)) return {Script::thai, Case::none};
    return {};
}

// Tenths for the letters from а to я, from how often Russian has them: without it the Cyrillic encodings, which are the
// same letters in another order, can hardly be told apart in a short word.
constexpr std::int8_t kCyrillic[] = {5, 2, 4, 2, 3,  5, 1,  2, 5, 1,  3,  4, 3, 5,  6, 3,
                                     4, 4, 5, 3, -2, 1, -1, 1, 0, -2, -7, 2, 2, -3, 0, 3};

// How ordinary the letter is, beside how it stands.
int frequency(char32_t c, Script script) {
    if (script != Script::cyrillic) return 0;
    if (between(0x410, c, 0x42F)) c += 0x20;
    return between(0x430, c, 0x44F) ? kCyrillic[c - 0x430] : -2;
}

// Vowels and consonants take turns more often than not.
int turn_score(char32_t before, char32_t here) {
    const auto small = [](char32_t c) { return between(0x410, c, 0x42F) ? c + 0x20 : c; };
    constexpr std::u32string_view kVowels = U"аеёиоуыэюяіїє";
    const bool vowel_before = kVowels.find(small(before)) != std::u32string_view::npos;
    const bool vowel_here = kVowels.find(small(here)) != std::u32string_view::npos;
    return vowel_before != vowel_here ? 2 : -2;
}

int symbol_score(char32_t before, char32_t here) {
    if (between(0x80, here, 0x9F)) return -20;  // C1 controls: a byte that the encoding does not use
    const bool beside_ascii = before < 0x80;
    if (here == 0xA0) return beside_ascii ? 4 : 0;
    constexpr std::u32string_view kUsual = U"«»“”„‘’‚–—…•€£§°№©®™·";
    if (kUsual.find(here) != std::u32string_view::npos)
        return beside_ascii || letter_of(before).script != Script::none ? 6 : 0;
    constexpr std::u32string_view kKnown = U"¡¿ªº²³µ½¼¾±×÷´`¨†‡‰‹›¢¥";
    if (kKnown.find(here) != std::u32string_view::npos) return beside_ascii ? 2 : -8;
    return -10;
}

}  // namespace

int letter_score(char32_t before, char32_t here) {
    const Letter letter = letter_of(here);
    if (letter.script == Script::none) return symbol_score(before, here);
    const Letter last = letter_of(before);
    int usual = frequency(here, letter.script);
    if (last.script == Script::none) {  // a word begins
        const bool behind_symbol = before >= 0x80 && symbol_score(' ', before) < 6;
        return (behind_symbol ? -5 : letter.script == Script::latin ? 6 : 9) + usual;
    }
    if (last.script != letter.script) return -12;
    if (letter.script == Script::cyrillic) usual += turn_score(before, here);
    if (letter.letter_case == Case::upper) return (last.letter_case == Case::lower ? -12 : 5) + usual;
    // Latin alphabets have few letters beyond ASCII: two in a row are seldom.
    if (letter.script == Script::latin) return before >= 0x80 ? -4 : 12;
    return 9 + usual;
}

}  // namespace earshot::text
