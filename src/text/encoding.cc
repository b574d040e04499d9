#include "text/encoding.h"

#include <algorithm>
#include <array>

#include "text/codec.h"
#include "text/labels.h"
#include "text/tables/single_byte.h"

namespace earshot::text {
namespace {

// A new encoding is a row here, in the standard's order (its labels stand in labels.h already).
constexpr auto kEncodings = std::to_array<Encoding>({
    {"utf-8", kUtf8Labels, &kUtf8Decode, &kUtf8Encode, nullptr, score_utf8},
    {"windows-1252", kWindows1252Labels, &kSingleByteDecode, &kSingleByteEncode, &tables::kWindows1252, nullptr},
    {"gbk", kGbkLabels, &kGb18030Decode, &kGbkEncode, nullptr, score_gbk},
    {"gb18030", kGb18030Labels, &kGb18030Decode, &kGb18030Encode, nullptr, score_gbk},
    {"big5", kBig5Labels, &kBig5Decode, &kBig5Encode, nullptr, score_big5},
    {"euc-kr", kEucKrLabels, &kEucKrDecode, &kEucKrEncode, nullptr, score_euc_kr},
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
