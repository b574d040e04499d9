// A rules file: TOML to a RuleSet, or the first thing that is wrong with it and where.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "respond/rules/rule_set.h"

namespace earshot::respond::rules {

// `path` is for messages, which begin with PATH:LINE:COLUMN. Errors: usage.
Result<std::shared_ptr<const RuleSet>> parse_rules(std::string_view text, const std::string& path);
// The same from the file itself.
Result<std::shared_ptr<const RuleSet>> read_rules(const std::string& path);

// Every key that a file may have, by its table: "rule", "greet", "every", "heartbeat", "device".
struct Section {
    const char* name;
    bool repeats;  // [[name]], else [name]
    std::span<const std::string_view> keys;
};
std::span<const Section> sections();

}  // namespace earshot::respond::rules
