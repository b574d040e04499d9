// toml++ as the program includes it, slow to compile: only where a file is read. Without exceptions it gives its errors
// back as values.
#pragma once

// What its parser has not checked itself (`[*x]`) toml++ 3.3 asserts, and takes for granted where NDEBUG is defined, by
// __builtin_unreachable. With an assertion that says nothing its own error for it is reached.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>  // IWYU pragma: export
#pragma pop_macro("NDEBUG")
