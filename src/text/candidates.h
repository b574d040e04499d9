// Which encodings `auto` chooses among beside UTF-8 for a user's locale: those that systems around him still send.
#pragma once

#include <string_view>
#include <vector>

#include "text/encoding.h"

namespace earshot::text {

// `locale` as the environment names it: "zh_TW.UTF-8", "ja", "". Best guess first. One that is not known, and English,
// which is written everywhere, have the candidates of the last row.
std::vector<const Encoding*> candidates_for(std::string_view locale);

// The table: languages (or language_TERRITORY, which is looked for first) and encodings, blanks between.
struct LocaleCandidates {
    std::string_view locales;
    std::string_view encodings;
};
std::span<const LocaleCandidates> locale_candidates();

}  // namespace earshot::text
