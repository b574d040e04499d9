#include "text/encoding.h"

#include <algorithm>
#include <array>

#include "text/codec.h"
#include "text/labels.h"
#include "text/tables/single_byte.h"

namespace earshot::text {
namespace {

constexpr Encoding single_byte(const char* name, std::span<const std::string_view> labels,
                               const tables::SingleByteTable& table) {
    return {name, labels, &kSingleByteDecode, &kSingleByteEncode, &table, nullptr};
}

// A new encoding is a row here, in the standard's order (its labels stand in labels.h already).
constexpr auto kEncodings = std::to_array<Encoding>({
    {"utf-8", kUtf8Labels, &kUtf8Decode, &kUtf8Encode, nullptr, score_utf8},
    single_byte("ibm866", kIbm866Labels, tables::kIbm866),
    single_byte("iso-8859-2", kIso8859_2Labels, tables::kIso8859_2),
    single_byte("iso-8859-3", kIso8859_3Labels, tables::kIso8859_3),
    single_byte("iso-8859-4", kIso8859_4Labels, tables::kIso8859_4),
    single_byte("iso-8859-5", kIso8859_5Labels, tables::kIso8859_5),
    single_byte("iso-8859-6", kIso8859_6Labels, tables::kIso8859_6),
    single_byte("iso-8859-7", kIso8859_7Labels, tables::kIso8859_7),
    single_byte("iso-8859-8", kIso8859_8Labels, tables::kIso8859_8),
    single_byte("iso-8859-8-i", kIso8859_8ILabels, tables::kIso8859_8),
    single_byte("iso-8859-10", kIso8859_10Labels, tables::kIso8859_10),
    single_byte("iso-8859-13", kIso8859_13Labels, tables::kIso8859_13),
    single_byte("iso-8859-14", kIso8859_14Labels, tables::kIso8859_14),
    single_byte("iso-8859-15", kIso8859_15Labels, tables::kIso8859_15),
    single_byte("iso-8859-16", kIso8859_16Labels, tables::kIso8859_16),
    single_byte("koi8-r", kKoi8RLabels, tables::kKoi8R),
    single_byte("koi8-u", kKoi8ULabels, tables::kKoi8U),
    single_byte("macintosh", kMacintoshLabels, tables::kMacintosh),
    single_byte("windows-874", kWindows874Labels, tables::kWindows874),
    single_byte("windows-1250", kWindows1250Labels, tables::kWindows1250),
    single_byte("windows-1251", kWindows1251Labels, tables::kWindows1251),
    single_byte("windows-1252", kWindows1252Labels, tables::kWindows1252),
    single_byte("windows-1253", kWindows1253Labels, tables::kWindows1253),
    single_byte("windows-1254", kWindows1254Labels, tables::kWindows1254),
    single_byte("windows-1255", kWindows1255Labels, tables::kWindows1255),
    single_byte("windows-1256", kWindows1256Labels, tables::kWindows1256),
    single_byte("windows-1257", kWindows1257Labels, tables::kWindows1257),
    single_byte("windows-1258", kWindows1258Labels, tables::kWindows1258),
    single_byte("x-mac-cyrillic", kXMacCyrillicLabels, tables::kXMacCyrillic),
    {"gbk", kGbkLabels, &kGb18030Decode, &kGbkEncode, nullptr, score_gbk},
    {"gb18030", kGb18030Labels, &kGb18030Decode, &kGb18030Encode, nullptr, score_gbk},
    {"big5", kBig5Labels, &kBig5Decode, &kBig5Encode, nullptr, score_big5},
    {"euc-jp", kEucJpLabels, &kEucJpDecode, &kEucJpEncode, nullptr, score_euc_jp},
    {"iso-2022-jp", kIso2022JpLabels, &kIso2022JpDecode, &kIso2022JpEncode, nullptr, score_iso_2022_jp},
    {"shift_jis", kShiftJisLabels, &kShiftJisDecode, &kShiftJisEncode, nullptr, score_shift_jis},
    {"euc-kr", kEucKrLabels, &kEucKrDecode, &kEucKrEncode, nullptr, score_euc_kr},
    {"utf-16be", kUtf16beLabels, &kUtf16beDecode, &kUtf16beEncode, nullptr, nullptr},
    {"utf-16le", kUtf16leLabels, &kUtf16leDecode, &kUtf16leEncode, nullptr, nullptr},
});

// The row of that name; a name that has none does not compile.
consteval const Encoding* row(std::string_view name) {
    for (const Encoding& encoding : kEncodings) {
        if (encoding.name == name) return &encoding;
    }
    throw "no such row";
}

constexpr const Encoding* kUtf8 = row("utf-8");
constexpr const Encoding* kDefaultCandidates[] = {row("gbk")};

constexpr std::string_view kSpace = "\t\n\f\r ";

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

bool same_label(std::string_view given, std::string_view label) {
    return std::equal(given.begin(), given.end(), label.begin(), label.end(),
                      [](char a, char b) { return lower(a) == b; });
}

}  // namespace

std::span<const Encoding> encodings() { return kEncodings; }

const Encoding* find_encoding(std::string_view label) {
    const std::size_t first = label.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return nullptr;
    label = label.substr(first, label.find_last_not_of(kSpace) - first + 1);
    for (const Encoding& encoding : kEncodings) {
        for (const std::string_view known : encoding.labels) {
            if (same_label(label, known)) return &encoding;
        }
    }
    return nullptr;
}

const Encoding& utf8() { return *kUtf8; }

std::span<const Encoding* const> default_candidates() { return kDefaultCandidates; }

}  // namespace earshot::text
