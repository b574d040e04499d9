// Assertions that stay on in every build: a bug ends the program where it is, before it becomes a wrong answer.
#pragma once

namespace earshot {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace earshot

#define EARSHOT_CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::earshot::check_failed(#condition, __FILE__, __LINE__))
