// What a rules file says, read and checked: what is matched, what is answered, when. It never changes; a reload makes
// another one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "respond/rules/answer.h"
#include "respond/rules/hex_pattern.h"
#include "respond/rules/regex_set.h"

namespace earshot::respond::rules {

// What happens where a rule fires, a caller is greeted or a time has come.
struct Effect {
    std::string name;  // for messages: what the file calls it, or "line 12"
    std::optional<Answer> answer;
    Millis delay{0};
    std::size_t counter = 0;            // the place of its counts, where somebody asks for one
    bool counts = false;                // for each caller
    bool totals = false;                // for all of them
    std::uint64_t limit = 0;            // times for each caller; 0: always
    std::size_t captures = 0;           // that it needs, 0 included
    std::optional<std::string> device;  // only for devices whose name matches: * and ?; empty: those without a name
    std::optional<Answer> registers;    // the name that the caller has from now on
    bool closes = false;
};

enum class Match : std::uint8_t { any, exact, prefix, contains, regex, hex };

struct Rule {
    Match match = Match::any;
    std::string literal;  // exact, prefix, contains: UTF-8
    std::size_t regex = 0;
    HexPattern hex;
    const Checksum* check = nullptr;  // the message must end in this checksum of what stands before it
    bool heartbeat = false;
    bool carries_on = false;  // the rules behind it are asked too
    Effect effect;
};

struct Every {
    Millis interval{0};
    Effect effect;
};

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
    std::size_t captures = 1;   // the most that an answer needs
    bool any_heartbeat = true;  // no rule says which message is a heartbeat: each is
    bool keeps_state = false;   // callers are to be remembered

    // Which rules a message may fire that begins with this byte, in their order; the last one is for empty messages.
    static constexpr std::size_t kEmpty = 256;
    std::array<std::vector<std::uint16_t>, 257> candidates;
    std::array<std::uint16_t, 257> regex_candidates{};  // how many of them are regexes

    // After the last rule has been added.
    void compile();
};

// `*` any run of characters, `?` any one byte.
bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace earshot::respond::rules
