#include "respond/rules/rule_set.h"

#include <algorithm>

namespace earshot::respond::rules {

namespace {

// Text may stand in any encoding, so only ASCII tells the first byte; what a hex pattern begins with it knows itself.
bool may_begin_with(const Rule& rule, const RegexSet& regexes, std::uint8_t byte) {
    switch (rule.match) {
        case Match::exact:
        case Match::prefix:
            return rule.literal.empty() || static_cast<std::uint8_t>(rule.literal[0]) == byte;
        case Match::regex:
            return regexes.may_begin_with(rule.regex, byte);
        case Match::hex:
            return rule.hex.may_begin_with(byte);
        case Match::any:
        case Match::contains:
            return true;
    }
    return true;
}

bool keeps_state(const Effect& effect) {
    return effect.counts || effect.device || effect.registers || effect.delay > Millis(0) ||
           (effect.answer && effect.answer->names_peer());
}

}  // namespace

void RuleSet::compile() {
    regexes.compile();
    keeps_state = !everies.empty() || heartbeat_every > Millis(0) || name_within > Millis(0);
    for (const Rule& rule : rules) {
        keeps_state |= rules::keeps_state(rule.effect);
        captures = std::max(captures, rule.effect.captures);
        any_heartbeat &= !rule.heartbeat;
    }
    for (const Effect& greet : greets) keeps_state |= rules::keeps_state(greet);
    for (std::size_t byte = 0; byte <= kEmpty; ++byte) {
        for (std::size_t i = 0; i < rules.size(); ++i) {
            if (byte != kEmpty && !may_begin_with(rules[i], regexes, static_cast<std::uint8_t>(byte))) continue;
            candidates[byte].push_back(static_cast<std::uint16_t>(i));
            regex_candidates[byte] =
                static_cast<std::uint16_t>(regex_candidates[byte] + (rules[i].match == Match::regex ? 1 : 0));
        }
    }
}

bool glob_matches(std::string_view pattern, std::string_view name) {
    std::size_t p = 0, n = 0, star = std::string_view::npos, retry = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            retry = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p, ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace earshot::respond::rules
