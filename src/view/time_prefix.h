// What --time puts before each message, in the user's time zone.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "view/presentation.h"

namespace earshot::view {

class TimePrefix {
  public:
    // "12:34:56.789 ", "+0.120 " (seconds since the one before), "2026-05-01T12:34:56.789+08:00 ", or nothing.
    std::string next(TimeStyle style, WallTime time);

  private:
    std::optional<WallTime> last_;
};

}  // namespace earshot::view
