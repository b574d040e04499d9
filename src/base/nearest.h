// What a word with a typing error was meant to be: for options, verbs and the keys of files.
#pragma once

#include <string_view>
#include <vector>

namespace earshot {

// The candidate that `word` is probably a typing error of; empty where none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace earshot
