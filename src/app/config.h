// The configuration file (--config): TOML whose keys are the long option names, at top level for all verbs and under
// [connect] and [listen] for one. The command line wins over it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/parse.h"
#include "base/result.h"

namespace earshot::app {

Result<std::vector<Setting>> read_config(const std::string& path);
// The same from text; `path` is for messages.
Result<std::vector<Setting>> parse_config(std::string_view text, const std::string& path);

}  // namespace earshot::app
