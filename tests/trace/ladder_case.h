// A table of conversations and their ladders, in the words of notation.h.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/trace/notation.h"

namespace earshot::trace {

struct Case {
    const char* name;
    const char* in;
    const char* rows;
};
inline void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
inline std::string name_of_case(const testing::TestParamInfo<Case>& info) { return info.param.name; }

class LadderOf : public testing::TestWithParam<Case> {};

}  // namespace earshot::trace
