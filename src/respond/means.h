// What a reply may need beyond what stands behind its name: a loop, programs, whom to call. Those that need nothing
// never see it.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "respond/exec.h"
#include "respond/relay.h"

namespace earshot::respond {

// What it refers to outlives every reply that is made with it.
struct Means {
    net::Loop& loop;
    ProgramLimit& programs;
    // Whom a relay to `target` calls, and how. Errors: what is wrong with the target, or with how TLS is to be spoken.
    std::function<Result<Relay::Target>(std::string_view target)> aim;
};

}  // namespace earshot::respond
