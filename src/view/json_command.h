// The JSON lines view, inward: a line that a program writes becomes a Command (docs/json.md).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "model/command.h"

namespace earshot::view {

// A longer line is refused. A message of 64 MiB as base64 fits.
inline constexpr std::size_t kLongestCommandLine = std::size_t(96) << 20;  // bytes

// What an answer to a line needs: as much as could be read, also where the line is refused.
struct CommandOrigin {
    SessionId id{};
    std::string ref;
};

// `line` may end in LF or CR LF. Errors: usage, with the problem and what is known; the `error` event that answers it
// carries what stands in `origin`.
Result<model::Command> parse_command(std::string_view line, CommandOrigin* origin = nullptr);

}  // namespace earshot::view
