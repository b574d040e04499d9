// What a rules file says, read and checked: what is matched, what is answered, when. It never changes; a reload makes
// another one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "respond/rules/answer.h"
#include "respond/rules/hex_pattern.h"
#include "respond/rules/literal_index.h"
#include "respond/rules/regex_set.h"

namespace earshot::respond::rules {

// What happens where a rule fires, a caller is greeted or a time has come.
struct Effect {
    bool is_conditional = false;  // device or limit is asked
    bool only_copies = false;     // it is an answer at once that copies, and nothing else
    bool counts = false;          // for each caller
    bool totals = false;          // for all of them
    bool closes = false;
    std::size_t captures = 0;  // that it needs, 0 included
    std::optional<Answer> answer;
    std::uint64_t limit = 0;  // times for each caller; 0: always
    std::size_t counter = 0;  // the place of its counts, where somebody asks for one
    Millis delay{0};
    std::unique_ptr<const Answer> registers;  // the name that the caller has from now on
    std::optional<std::string> device;  // only for devices whose name matches: * and ?; empty: those without a name
    std::string name;                   // for messages: what the file calls it, or "line 12"
};

enum class Match : std::uint8_t { any, exact, prefix, contains, regex, hex };

// What each message asks stands first, side by side.
struct alignas(64) Rule {
    Match match = Match::any;
    bool heartbeat = false;
    bool carries_on = false;  // the rules behind it are asked too
    std::uint32_t regex = 0;
    const Checksum* check = nullptr;  // the message must end in this checksum of what stands before it
    Effect effect;
    std::string literal;  // exact, prefix, contains: UTF-8
    HexPattern hex;
};

struct Every {
    Millis interval{0};
    Effect effect;
};

using RuleNumber = LiteralIndex::Number;

struct RuleSet {
    std::vector<Rule> rules;
    std::vector<Effect> greets;
    std::vector<Every> everies;
    RegexSet regexes;
    Millis heartbeat_every{0};  // 0: none is expected
    std::uint64_t heartbeat_missed = 3;
    std::optional<Answer> replaced;  // what a caller is told whose name another one has taken
    Millis name_within{0};           // a caller without a name for this long is closed; 0: never

    std::size_t counters = 0;
    // By Effect::counter, for all callers of all threads that have this set. From compile() on.
    std::shared_ptr<std::vector<std::atomic<std::uint64_t>>> totals;
    std::size_t captures = 1;   // the most that an answer needs
    bool any_heartbeat = true;  // no rule says which message is a heartbeat: each is
    bool keeps_state = false;   // callers are to be remembered

    // The rules that no text leads to, by the first byte of the message they may fire for, in their order; the last
    // one is for empty messages.
    static constexpr std::size_t kEmpty = 256;
    std::array<std::vector<RuleNumber>, 257> others;
    // All other rules that `text` may fire, in their order, and where the literal of each stands first; kUnknown where
    // it has none. `scratch` is for this call alone.
    using Found = LiteralIndex::Found;
    static constexpr std::size_t kUnknown = PlainRegex::kUnknown;
    void find(std::string_view text, std::vector<Found>& found, std::vector<int>& scratch) const {
        found.clear();
        literals_.find(text, found);
        if (!together_.empty()) find_together(text, found, scratch);
        if (found.size() > 1) LiteralIndex::unite(found);
    }

    // After the last rule has been added.
    void compile();

  private:
    void find_together(std::string_view text, std::vector<Found>& found, std::vector<int>& scratch) const;

    LiteralIndex literals_;
    std::vector<RuleNumber> together_;  // whose regexes have no literal, and are asked in one pass
};

// `*` any run of characters, `?` any one byte.
bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace earshot::respond::rules
