// Memory held back for those who are here already. When the system gives no more, operator new gives the reserve up and
// goes on, and whoever lets newcomers in can see it and refuse them, before somebody else has to do without.
#pragma once

#include <cstddef>

namespace earshot {

// For the whole program and from now on, because operator new is the whole program's. Called again: more or less.
void keep_memory_back(std::size_t bytes);
// True: the reserve has been used, and cannot be had again yet. Thread-safe; costs nothing otherwise.
bool is_memory_short();

}  // namespace earshot
