// How messages are shown to a person: the choices of --view and --time.
#pragma once

#include <cstdint>

namespace earshot::view {

enum class ViewStyle : std::uint8_t { text, hex, both };
enum class TimeStyle : std::uint8_t { off, clock, delta, iso };

struct Presentation {
    ViewStyle view = ViewStyle::text;
    TimeStyle time = TimeStyle::off;
    bool reverse = true;  // odd bytes stand out by reverse video: for a terminal
    bool colour = true;   // false: NO_COLOR, or no terminal; reverse video for odd bytes stays on a terminal
};

}  // namespace earshot::view
