// How much memory this program may have: the machine's, or what its control group leaves it.
#pragma once

#include <string>
#include <string_view>

#include "app/options.h"
#include "base/bytes.h"

namespace earshot::app {

// The least that a group and those around it may have, in bytes; 0: no bound, or there are no groups. `membership` is
// what /proc/self/cgroup holds, `root` where the groups are (cgroup v2).
ByteCount group_memory(const std::string& root, std::string_view membership);
// What there is for this process, in bytes; 0: nobody knows.
ByteCount system_memory();

// --max-memory, or half of what there is; 0: no bound.
ByteCount most_memory(const Options& options);

}  // namespace earshot::app
