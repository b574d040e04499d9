#include "base/shell_words.h"

#include "base/i18n.h"

namespace earshot {

namespace {

Error wrong(std::string message) { return {Reason::usage, std::move(message)}; }

// `at` stands on the opening quote; afterwards behind the closing one. False: there is none.
bool take_quoted(std::string_view command, std::size_t& at, std::string& word) {
    const char quote = command[at++];
    for (; at < command.size(); ++at) {
        const char c = command[at];
        if (c == quote) return ++at, true;
        const bool escapes = quote == '"' && c == '\\' && at + 1 < command.size() &&
                             std::string_view("\"\\$`").find(command[at + 1]) != std::string_view::npos;
        word += escapes ? command[++at] : c;
    }
    return false;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view command) {
    constexpr std::string_view kBlanks = " \t\n";
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = command.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
        std::string word;
        while (at < command.size() && kBlanks.find(command[at]) == std::string_view::npos) {
            const char c = command[at];
            if (c == '\'' || c == '"') {
                if (!take_quoted(command, at, word)) return wrong(tr_format("a quote ({}) does not end", c));
            } else if (c == '\\') {
                if (at + 1 == command.size()) return wrong(tr("nothing stands behind the last backslash"));
                word += command[at + 1];
                at += 2;
            } else if (std::string_view("|&;<>()$`").find(c) != std::string_view::npos) {
                return wrong(tr_format("{} means something to a shell only: quote it, or ask for a shell", c));
            } else {
                word += c;
                ++at;
            }
        }
        words.push_back(std::move(word));
    }
    return words;
}

}  // namespace earshot
