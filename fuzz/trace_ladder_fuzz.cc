// Any course of segments, facts, ticks and drops: the ladder never fails, numbers its rows, and counts every segment
// once.
#include <cstddef>
#include <cstdint>

#include "tests/trace/any_course.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    earshot::trace::AnyCourse({data, size}).play();
    return 0;
}
