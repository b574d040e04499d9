// What becomes of a caller whose queue is full when there is more for many: he misses it, is sent away, or those who
// speak wait for him.
#pragma once

#include <cstdint>

namespace earshot::talk {

enum class Slow : std::uint8_t { drop, disconnect, wait };

}  // namespace earshot::talk
