// A regex, a hex pattern and a message, each on a line of its own: the walk over a plain regex says what RE2 says, each
// match holds its literal, the index finds that, and captures lie in the message.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "respond/rules/hex_pattern.h"
#include "respond/rules/literal_index.h"
#include "respond/rules/regex_set.h"

using namespace earshot;
using namespace earshot::respond::rules;

namespace {

bool lies_in(std::string_view part, std::string_view whole) {
    return part.data() == nullptr ||
           (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void match_regex(std::string_view pattern, std::string_view message) {
    RegexSet set;
    if (!set.add(pattern)) return;
    const std::size_t groups = set.groups(0).count + 1;
    std::vector<std::string_view> ours(groups), theirs(groups);
    const bool matches = set.match_by_automaton(0, message, theirs);
    const auto& plain = set.plain(0);
    if (!plain) return;
    if (const std::string& literal = plain->literal(); matches && !literal.empty()) {
        LiteralIndex index;
        std::vector<LiteralIndex::Found> found;
        if (plain->begins_with_literal()) {
            index.add_beginning(5, literal);
        } else if (literal.size() >= LiteralIndex::kShortestInside) {
            index.add_inside(5, literal);
        } else {
            found.push_back({5, message.find(literal)});
            EARSHOT_CHECK(message.find(literal) != std::string_view::npos);
        }
        index.compile();
        index.find(message, found);
        const LiteralIndex::Found there{5, message.find(literal)};
        EARSHOT_CHECK(std::find(found.begin(), found.end(), there) != found.end());
    }
    // With and without the literal's place.
    for (const std::size_t at : {PlainRegex::kUnknown, message.find(plain->literal())}) {
        const PlainRegex::Verdict verdict = plain->match(message, at, ours);
        if (verdict == PlainRegex::Verdict::unknown) continue;
        EARSHOT_CHECK((verdict == PlainRegex::Verdict::yes) == matches);
        for (std::size_t i = 0; matches && i < groups; ++i) {
            EARSHOT_CHECK(ours[i] == theirs[i] && lies_in(ours[i], message));
            EARSHOT_CHECK(ours[i].empty() || ours[i].data() == theirs[i].data());
        }
    }
}

void match_hex(std::string_view pattern, std::string_view message) {
    const auto hex = HexPattern::parse(pattern);
    if (!hex || !hex->matches(as_bytes(message))) return;
    EARSHOT_CHECK(hex->may_begin_with(static_cast<std::uint8_t>(message[0])));
    for (std::size_t i = 0; i <= hex->groups(); ++i) {
        EARSHOT_CHECK(lies_in(as_chars(hex->capture(i, as_bytes(message))), message));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A copy of its own size, so that a byte read too many is seen.
    const std::string_view input = as_chars({data, size});
    const std::size_t first = std::min(input.find('\n'), size);
    const std::size_t second = std::min(input.find('\n', std::min(first + 1, size)), size);
    if (first > 64) return 0;
    const std::string_view rest = input.substr(std::min(second + 1, size));
    const std::vector<char> message(rest.begin(), rest.end());
    match_regex(input.substr(0, first), {message.data(), message.size()});
    match_hex(input.substr(std::min(first + 1, size), second - std::min(first + 1, second)),
              {message.data(), message.size()});
    return 0;
}
