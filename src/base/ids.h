// Names for things that are counted.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace earshot {

// A conversation's number: from 1, never used twice in a run. 0 stands for none.
struct SessionId {
    std::uint64_t value = 0;

    explicit operator bool() const { return value != 0; }
    friend auto operator<=>(SessionId, SessionId) = default;  // NOLINT(modernize-use-nullptr): sees a 0 in the default
};

}  // namespace earshot

template <>
struct std::hash<earshot::SessionId> {
    std::size_t operator()(earshot::SessionId id) const noexcept { return std::hash<std::uint64_t>()(id.value); }
};
