#include "respond/rules/rule_set.h"

#include <algorithm>

namespace earshot::respond::rules {

namespace {

constexpr std::size_t kFewRegexes = 4;  // so many that no literal leads to are asked one by one

// What all that it matches begins with or holds; false: there is nothing such.
bool add_literal(const Rule& rule, RuleNumber number, const RegexSet& regexes, LiteralIndex& literals) {
    std::string_view text = rule.literal;
    bool at_beginning = rule.match == Match::exact || rule.match == Match::prefix;
    if (rule.match == Match::regex) {
        const auto& plain = regexes.plain(rule.regex);
        if (!plain) return false;
        text = plain->literal();
        at_beginning = plain->begins_with_literal();
    }
    if (text.empty() || (!at_beginning && text.size() < LiteralIndex::kShortestInside)) return false;
    at_beginning ? literals.add_beginning(number, text) : literals.add_inside(number, text);
    return true;
}

bool keeps_state(const Effect& effect) {
    return effect.counts || effect.device || effect.registers || effect.delay > Millis(0) ||
           (effect.answer && effect.answer->names_peer());
}

}  // namespace

void RuleSet::compile() {
    totals = std::make_shared<std::vector<std::atomic<std::uint64_t>>>(counters);
    keeps_state = !everies.empty() || heartbeat_every > Millis(0) || name_within > Millis(0);
    for (const Rule& rule : rules) {
        keeps_state |= rules::keeps_state(rule.effect);
        captures = std::max(captures, rule.effect.captures);
        any_heartbeat &= !rule.heartbeat;
    }
    for (const Effect& greet : greets) keeps_state |= rules::keeps_state(greet);
    std::vector<RuleNumber> always;
    std::vector<std::size_t> asked_together;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const auto number = static_cast<RuleNumber>(i);
        const Rule& rule = rules[i];
        if (rule.match == Match::hex || rule.match == Match::any) {
            always.push_back(number);
        } else if (!add_literal(rule, number, regexes, literals_)) {
            always.push_back(number);
            if (rule.match == Match::regex) {
                together_.push_back(number);
                asked_together.push_back(rule.regex);
            }
        }
    }
    literals_.compile();
    if (together_.size() <= kFewRegexes || !regexes.compile(asked_together)) together_.clear();
    for (const RuleNumber number : always) {
        if (std::binary_search(together_.begin(), together_.end(), number)) continue;
        const Rule& rule = rules[number];
        for (std::size_t byte = 0; byte < kEmpty; ++byte) {
            if (rule.match != Match::hex || rule.hex.may_begin_with(static_cast<std::uint8_t>(byte))) {
                others[byte].push_back(number);
            }
        }
        if (rule.match != Match::hex) others[kEmpty].push_back(number);
    }
}

void RuleSet::find_together(std::string_view text, std::vector<Found>& found, std::vector<int>& scratch) const {
    if (regexes.find(text, scratch)) {
        for (const int place : scratch) found.push_back({together_[static_cast<std::size_t>(place)], kUnknown});
    } else {
        for (const RuleNumber number : together_) found.push_back({number, kUnknown});
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
