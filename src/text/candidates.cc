#include "text/candidates.h"

#include <algorithm>

namespace earshot::text {
namespace {

constexpr LocaleCandidates kRows[] = {
    {"zh_TW zh_HK zh_MO", "big5"},
    {"zh", "gbk"},
    {"ja", "shift_jis euc-jp iso-2022-jp"},
    {"ko", "euc-kr"},
    {"ru", "windows-1251 koi8-r ibm866"},
    {"uk", "windows-1251 koi8-u"},
    {"be bg mk sr", "windows-1251"},
    {"pl cs sk hu hr sl ro sq bs", "windows-1250 iso-8859-2"},
    {"el", "windows-1253"},
    {"tr az", "windows-1254"},
    {"he", "windows-1255"},
    {"ar fa ur", "windows-1256"},
    {"lt lv et", "windows-1257"},
    {"vi", "windows-1258"},
    {"th", "windows-874"},
    {"de fr es it pt nl sv da nb nn no fi is ca gl eu ga af", "windows-1252"},
    {"", "gbk windows-1252"},
};

template <typename Take>
void each_word(std::string_view words, Take take) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        take(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
}

bool names(std::string_view words, std::string_view wanted) {
    bool found = false;
    each_word(words, [&](std::string_view word) { found |= word == wanted; });
    return found;
}

const LocaleCandidates& row_for(std::string_view locale) {
    const std::string_view territory = locale.substr(0, locale.find_first_of(".@"));
    const std::string_view language = territory.substr(0, territory.find('_'));
    for (const std::string_view wanted : {territory, language}) {
        for (const LocaleCandidates& row : kRows) {
            if (names(row.locales, wanted)) return row;
        }
    }
    return std::end(kRows)[-1];
}

}  // namespace

std::vector<const Encoding*> candidates_for(std::string_view locale) {
    std::vector<const Encoding*> candidates;
    each_word(row_for(locale).encodings, [&](std::string_view name) {
        if (const Encoding* encoding = find_encoding(name)) candidates.push_back(encoding);
    });
    return candidates;
}

std::span<const LocaleCandidates> locale_candidates() { return kRows; }

}  // namespace earshot::text
