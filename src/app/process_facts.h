// What the system says of this process, for its metrics. Costs a few system calls; where there are very many
// descriptors an old kernel takes a while to count them.
#pragma once

#include <cstdint>

namespace earshot::app {

struct ProcessFacts {
    double cpu_seconds = 0;          // user and system
    double start_seconds = 0;        // since 1970
    std::uint64_t resident = 0;      // bytes
    std::uint64_t virtual_size = 0;  // bytes
    std::uint64_t threads = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t most_descriptors = 0;  // the soft limit
};

ProcessFacts process_facts();

}  // namespace earshot::app
