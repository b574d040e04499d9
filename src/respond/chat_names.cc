#include "respond/chat_names.h"

#include <algorithm>
#include <iterator>

#include "base/i18n.h"
#include "text/code_point.h"
#include "text/safe.h"
#include "text/width.h"

namespace earshot::respond {
namespace {

struct Range {
    char32_t first, last;
};

// Not for names: signs and blanks that could be taken for what stands around a name, what is drawn over or joined to
// its neighbours in a second way of writing (so that two names look alike), and what has no look of its own.
constexpr Range kUnfit[] = {
    {0x0080, 0x00a9},     // Latin-1's signs; no-break space
    {0x00ab, 0x00b4},     //
    {0x00b6, 0x00b9},     //
    {0x00bb, 0x00bf},     //
    {0x00d7, 0x00d7},     // multiplication sign
    {0x00f7, 0x00f7},     // division sign
    {0x0300, 0x036f},     // accents apart: letters that have one exist in one piece
    {0x02b0, 0x02ff},     // modifier letters
    {0x0589, 0x058a},     // Armenian full stop, hyphen
    {0x05be, 0x05be},     // Hebrew hyphen
    {0x05c0, 0x05c0},     //
    {0x05c3, 0x05c3},     // Hebrew colon
    {0x05f3, 0x05f4},     //
    {0x0600, 0x060f},     // Arabic signs
    {0x061b, 0x061f},     //
    {0x0640, 0x0640},     // tatweel
    {0x066a, 0x066d},     //
    {0x06d4, 0x06d4},     //
    {0x0703, 0x070f},     // Syriac colons
    {0x1100, 0x11ff},     // Hangul in parts
    {0x1361, 0x1368},     // Ethiopic colons
    {0x1680, 0x1680},     // Ogham space
    {0x17b4, 0x17b5},     // invisible Khmer vowels
    {0x17d4, 0x17da},     // Khmer signs
    {0x1800, 0x180f},     // Mongolian signs
    {0x1ab0, 0x1aff},     // accents
    {0x1d00, 0x1dff},     // phonetic letters, accents
    {0x2000, 0x2bff},     // punctuation, arrows, mathematics, braille
    {0x2e00, 0x3004},     // punctuation, radicals that look like characters; 3005 repeats a character
    {0x3008, 0x3020},     //
    {0x302a, 0x3030},     //
    {0x3099, 0x309c},     // sound marks of kana: が exists in one piece
    {0x303d, 0x303f},     //
    {0x3164, 0x3164},     // Hangul filler
    {0xa4f8, 0xa4ff},     // Lisu tones: stops and colons
    {0xa60d, 0xa60f},     //
    {0xa789, 0xa78a},     // a colon
    {0xd7b0, 0xfa0d},     // Hangul in parts, surrogates, private use, characters a second time
    {0xfa2a, 0xff0f},     // the same, letters as they join, variants, accents, wide punctuation
    {0xff1a, 0xff20},     //
    {0xff3b, 0xff40},     //
    {0xff5b, 0xff65},     //
    {0xffa0, 0xffa0},     // Hangul filler
    {0xffe0, 0xffff},     // signs
    {0x1d000, 0x1d7ff},   // music, mathematical alphabets
    {0x1f000, 0x1fbff},   // pictures, letters in boxes, flags
    {0x2f800, 0x2fa1f},   // characters a second time
    {0xe0000, 0x10ffff},  // tags, variants, private use
};

bool is_ascii_letter_or_digit(char32_t c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_fit(char32_t c) {
    if (c < 0x80) return is_ascii_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
    if (text::is_unsafe(c, true)) return false;
    return std::none_of(std::begin(kUnfit), std::end(kUnfit),
                        [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// Lower and upper case stand side by side, the lower one being odd.
constexpr Range kOddIsLower[] = {{0x0100, 0x0137}, {0x014a, 0x0177}, {0x01de, 0x01ef},
                                 {0x01f8, 0x021f}, {0x0460, 0x0481}, {0x048a, 0x04bf},
                                 {0x04d0, 0x052f}, {0x1e00, 0x1e95}, {0x1ea0, 0x1eff}};
constexpr Range kEvenIsLower[] = {{0x0139, 0x0148}, {0x0179, 0x017e}, {0x01cd, 0x01dc}, {0x04c1, 0x04ce}};
// Upper case, and how far it is to the lower.
struct Shift {
    char32_t first, last, by;
};
constexpr Shift kShifts[] = {{'A', 'Z', 32},       {0x00c0, 0x00d6, 32}, {0x00d8, 0x00de, 32},
                             {0x0388, 0x038a, 37}, {0x0391, 0x03ab, 32}, {0x0400, 0x040f, 80},
                             {0x0410, 0x042f, 32}, {0x0531, 0x0556, 48}, {0x10400, 0x10427, 40}};

// `to`: what the small letter looks like, `capital` what the capital does where that is another.
struct Alike {
    char32_t from, to, capital = 0;
};
// After the case is gone. Where only the capital looks like Latin the small letter goes with it: case tells no names
// apart.
constexpr Alike kAlike[] = {
    {0x0131, 'i'},       // dotless i
    {0x017f, 's'},       // long s
    {0x03ac, 0x03b1},    // alpha with its accent
    {0x03b1, 'a'},       // alpha
    {0x03b2, 'b'},       // beta
    {0x03b5, 'e'},       // epsilon
    {0x03b6, 'z'},       // zeta
    {0x03b7, 'n', 'h'},  // eta
    {0x03b9, 'i'},       // iota
    {0x03ba, 'k'},       // kappa
    {0x03bc, 'm'},       // mu
    {0x03bd, 'v', 'n'},  // nu
    {0x03bf, 'o'},       // omicron
    {0x03c1, 'p'},       // rho
    {0x03c4, 't'},       // tau
    {0x03c5, 'u', 'y'},  // upsilon
    {0x03c7, 'x'},       // chi
    {0x0432, 'b'},      {0x043a, 'k'}, {0x043c, 'm'},    {0x043d, 'h'}, {0x0442, 't'}, {0x0458, 'j'},
    {0x04ae, 'y'},      {0x04af, 'y'}, {0x03c2, 0x03c3},  // final sigma
    {0x03f2, 'c'},                                        // lunate sigma
    {0x03f3, 'j'},                                        // yot
    {0x0430, 'a'},      {0x0435, 'e'}, {0x043e, 'o'},    {0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'},
    {0x0445, 'x'},      {0x0455, 's'}, {0x0456, 'i'},    {0x04bb, 'h'}, {0x04cf, 'l'}, {0x0501, 'd'},
    {0x051b, 'q'},      {0x051d, 'w'}, {0x0570, 'h'},    {0x0585, 'o'},
};

char32_t lower(char32_t c) {
    if (c >= 0xff01 && c <= 0xff5e) c -= 0xfee0;
    if (c == 0x0130) return 'i';
    if (c == 0x0178) return 0x00ff;
    if (c == 0x0386) return 0x03ac;
    if (c == 0x038c) return 0x03cc;
    if (c == 0x038e || c == 0x038f) return c + 63;
    if (c == 0x04c0) return 0x04cf;
    if (c == 0x1e9e) return 0x00df;
    const auto holds = [c](const auto& range) { return c >= range.first && c <= range.last; };
    for (const Shift& shift : kShifts) {
        if (holds(shift)) return c + shift.by;
    }
    if (std::any_of(std::begin(kOddIsLower), std::end(kOddIsLower), holds)) return c | 1;
    if (std::any_of(std::begin(kEvenIsLower), std::end(kEvenIsLower), holds)) return c + (c & 1);
    return c;
}

Alike folded(char32_t c) {
    Alike found{c, lower(c)};
    for (const Alike& alike : kAlike) {
        if (alike.from == found.to) found = alike;
    }
    if (found.capital == 0) found.capital = found.to;
    return found;
}

}  // namespace

const char* fault_of_name(std::string_view name) {
    constexpr int kMostMarks = 4;  // drawn over one letter; Thai and Hebrew need three
    static const char* const kLength = msgid("a name has 1 to 20 columns");
    if (name.empty() || name.size() > kLongestNameSize || text::text_width(name) > kLongestName) return kLength;
    if (name.front() == '-' || name.front() == '.') return msgid("a name begins with a letter or a digit");
    int marks = kMostMarks;  // none before the first letter
    for (std::size_t at = 0; at < name.size();) {
        const text::CodePoint point = text::code_point_at(name, at);
        if (!point.valid || !is_fit(point.value)) return msgid("a name has letters, digits, . _ and - only");
        marks = text::column_width(point.value) == 0 ? marks + 1 : 0;
        if (marks > kMostMarks) {
            return at == 0 ? msgid("a name begins with a letter or a digit")
                           : msgid("a name has letters, digits, . _ and - only");
        }
        at += point.size;
    }
    return nullptr;
}

FoldedName folded_name(std::string_view name) {
    FoldedName out;
    for (std::size_t at = 0; at < name.size();) {
        const text::CodePoint point = text::code_point_at(name, at);
        const Alike alike = folded(point.value);
        text::append_code_point(out.small, alike.to);
        text::append_code_point(out.capital, alike.capital);
        at += point.size;
    }
    return out;
}

bool looks_like(std::string_view a, std::string_view b) {
    const FoldedName one = folded_name(a), other = folded_name(b);
    return one.small == other.small || one.small == other.capital || one.capital == other.small ||
           one.capital == other.capital;
}

}  // namespace earshot::respond
