#include "text/encoding.h"

#include <algorithm>
#include <array>

#include "text/codec.h"
#include "text/tables/single_byte.h"

namespace earshot::text {
namespace {

constexpr std::string_view kUtf8Labels[] = {"unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8",
                                            "x-unicode20utf8"};
constexpr std::string_view kWindows1252Labels[] = {
    "ansi_x3.4-1968", "ascii",        "cp1252",   "cp819",      "csisolatin1",     "ibm819", "iso-8859-1",
    "iso-ir-100",     "iso8859-1",    "iso88591", "iso_8859-1", "iso_8859-1:1987", "l1",     "latin1",
    "us-ascii",       "windows-1252", "x-cp1252"};
constexpr std::string_view kGbkLabels[] = {"chinese",    "csgb2312", "csiso58gb231280", "gb2312", "gb_2312",
                                           "gb_2312-80", "gbk",      "iso-ir-58",       "x-gbk"};
constexpr std::string_view kGb18030Labels[] = {"gb18030"};

constexpr std::array<Encoding, 4> kEncodings = {{
    {"utf-8", kUtf8Labels, &kUtf8Decode, &kUtf8Encode, nullptr, score_utf8},
    {"windows-1252", kWindows1252Labels, &kSingleByteDecode, &kSingleByteEncode, &tables::kWindows1252, nullptr},
    {"gbk", kGbkLabels, &kGb18030Decode, &kGbkEncode, nullptr, score_gbk},
    {"gb18030", kGb18030Labels, &kGb18030Decode, &kGb18030Encode, nullptr, score_gbk},
}};

constexpr std::array<const Encoding*, 1> kDefaultCandidates = {&kEncodings[2]};  // gbk

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

const Encoding& utf8() { return kEncodings[0]; }

std::span<const Encoding* const> default_candidates() { return kDefaultCandidates; }

}  // namespace earshot::text
