// Every label of the WHATWG Encoding Standard, lower case, the encoding's name among them. `replacement` and
// `x-user-defined` have no row here: they are a browser's defence, not text.
#pragma once

#include <string_view>

namespace earshot::text {

inline constexpr std::string_view kUtf8Labels[] = {
    "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8", "x-unicode20utf8"};
inline constexpr std::string_view kIbm866Labels[] = {"866", "cp866", "csibm866", "ibm866"};
inline constexpr std::string_view kIso8859_2Labels[] = {"csisolatin2",     "iso-8859-2", "iso-ir-101",
                                                        "iso8859-2",       "iso88592",   "iso_8859-2",
                                                        "iso_8859-2:1987", "l2",         "latin2"};
inline constexpr std::string_view kIso8859_3Labels[] = {"csisolatin3",     "iso-8859-3", "iso-ir-109",
                                                        "iso8859-3",       "iso88593",   "iso_8859-3",
                                                        "iso_8859-3:1988", "l3",         "latin3"};
inline constexpr std::string_view kIso8859_4Labels[] = {"csisolatin4",     "iso-8859-4", "iso-ir-110",
                                                        "iso8859-4",       "iso88594",   "iso_8859-4",
                                                        "iso_8859-4:1988", "l4",         "latin4"};
inline constexpr std::string_view kIso8859_5Labels[] = {"csisolatincyrillic", "cyrillic",       "iso-8859-5",
                                                        "iso-ir-144",         "iso8859-5",      "iso88595",
                                                        "iso_8859-5",         "iso_8859-5:1988"};
inline constexpr std::string_view kIso8859_6Labels[] = {
    "arabic",       "asmo-708",     "csiso88596e", "csiso88596i", "csisolatinarabic", "ecma-114",   "iso-8859-6",
    "iso-8859-6-e", "iso-8859-6-i", "iso-ir-127",  "iso8859-6",   "iso88596",         "iso_8859-6", "iso_8859-6:1987"};
inline constexpr std::string_view kIso8859_7Labels[] = {
    "csisolatingreek", "ecma-118",  "elot_928", "greek",      "greek8",          "iso-8859-7",
    "iso-ir-126",      "iso8859-7", "iso88597", "iso_8859-7", "iso_8859-7:1987", "sun_eu_greek"};
inline constexpr std::string_view kIso8859_8Labels[] = {"csiso88598e",  "csisolatinhebrew", "hebrew",    "iso-8859-8",
                                                        "iso-8859-8-e", "iso-ir-138",       "iso8859-8", "iso88598",
                                                        "iso_8859-8",   "iso_8859-8:1988",  "visual"};
inline constexpr std::string_view kIso8859_8ILabels[] = {"csiso88598i", "iso-8859-8-i", "logical"};
inline constexpr std::string_view kIso8859_10Labels[] = {"csisolatin6", "iso-8859-10", "iso-ir-157", "iso8859-10",
                                                         "iso885910",   "l6",          "latin6"};
inline constexpr std::string_view kIso8859_13Labels[] = {"iso-8859-13", "iso8859-13", "iso885913"};
inline constexpr std::string_view kIso8859_14Labels[] = {"iso-8859-14", "iso8859-14", "iso885914"};
inline constexpr std::string_view kIso8859_15Labels[] = {"csisolatin9", "iso-8859-15", "iso8859-15",
                                                         "iso885915",   "iso_8859-15", "l9"};
inline constexpr std::string_view kIso8859_16Labels[] = {"iso-8859-16"};
inline constexpr std::string_view kKoi8RLabels[] = {"cskoi8r", "koi", "koi8", "koi8-r", "koi8_r"};
inline constexpr std::string_view kKoi8ULabels[] = {"koi8-ru", "koi8-u"};
inline constexpr std::string_view kMacintoshLabels[] = {"csmacintosh", "mac", "macintosh", "x-mac-roman"};
inline constexpr std::string_view kWindows874Labels[] = {"dos-874",   "iso-8859-11", "iso8859-11",
                                                         "iso885911", "tis-620",     "windows-874"};
inline constexpr std::string_view kWindows1250Labels[] = {"cp1250", "windows-1250", "x-cp1250"};
inline constexpr std::string_view kWindows1251Labels[] = {"cp1251", "windows-1251", "x-cp1251"};
inline constexpr std::string_view kWindows1252Labels[] = {
    "ansi_x3.4-1968", "ascii",        "cp1252",   "cp819",      "csisolatin1",     "ibm819", "iso-8859-1",
    "iso-ir-100",     "iso8859-1",    "iso88591", "iso_8859-1", "iso_8859-1:1987", "l1",     "latin1",
    "us-ascii",       "windows-1252", "x-cp1252"};
inline constexpr std::string_view kWindows1253Labels[] = {"cp1253", "windows-1253", "x-cp1253"};
inline constexpr std::string_view kWindows1254Labels[] = {"cp1254",    "csisolatin5", "iso-8859-9",   "iso-ir-148",
                                                          "iso8859-9", "iso88599",    "iso_8859-9",   "iso_8859-9:1989",
                                                          "l5",        "latin5",      "windows-1254", "x-cp1254"};
inline constexpr std::string_view kWindows1255Labels[] = {"cp1255", "windows-1255", "x-cp1255"};
inline constexpr std::string_view kWindows1256Labels[] = {"cp1256", "windows-1256", "x-cp1256"};
inline constexpr std::string_view kWindows1257Labels[] = {"cp1257", "windows-1257", "x-cp1257"};
inline constexpr std::string_view kWindows1258Labels[] = {"cp1258", "windows-1258", "x-cp1258"};
inline constexpr std::string_view kXMacCyrillicLabels[] = {"x-mac-cyrillic", "x-mac-ukrainian"};
inline constexpr std::string_view kGbkLabels[] = {"chinese",    "csgb2312", "csiso58gb231280", "gb2312", "gb_2312",
                                                  "gb_2312-80", "gbk",      "iso-ir-58",       "x-gbk"};
inline constexpr std::string_view kGb18030Labels[] = {"gb18030"};
inline constexpr std::string_view kBig5Labels[] = {"big5", "big5-hkscs", "cn-big5", "csbig5", "x-x-big5"};
inline constexpr std::string_view kEucJpLabels[] = {"cseucpkdfmtjapanese", "euc-jp", "x-euc-jp"};
inline constexpr std::string_view kIso2022JpLabels[] = {"csiso2022jp", "iso-2022-jp"};
inline constexpr std::string_view kShiftJisLabels[] = {"csshiftjis", "ms932", "ms_kanji",    "shift-jis",
                                                       "shift_jis",  "sjis",  "windows-31j", "x-sjis"};
inline constexpr std::string_view kEucKrLabels[] = {"cseuckr",  "csksc56011987",  "euc-kr",         "iso-ir-149",
                                                    "korean",   "ks_c_5601-1987", "ks_c_5601-1989", "ksc5601",
                                                    "ksc_5601", "windows-949"};
inline constexpr std::string_view kUtf16beLabels[] = {"unicodefffe", "utf-16be"};
inline constexpr std::string_view kUtf16leLabels[] = {"csunicode",   "iso-10646-ucs-2", "ucs-2",   "unicode",
                                                      "unicodefeff", "utf-16",          "utf-16le"};

}  // namespace earshot::text
