#include "view/time_prefix.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <utility>

namespace earshot::view {

namespace {

std::tm local_time(WallTime time) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
}

}  // namespace

std::string TimePrefix::next(TimeStyle style, WallTime time) {
    const auto before = std::exchange(last_, time);
    if (style == TimeStyle::off) return {};
    if (style == TimeStyle::delta) {
        const std::chrono::duration<double> since = before ? time - *before : std::chrono::nanoseconds(0);
        return fmt::format("+{:.3f} ", since.count());
    }
    const std::tm parts = local_time(time);
    const auto millis = (time.time_since_epoch() / Millis(1)) % 1000;
    const std::string clock = fmt::format("{:02}:{:02}:{:02}.{:03}", parts.tm_hour, parts.tm_min, parts.tm_sec, millis);
    if (style == TimeStyle::clock) return clock + " ";
    const long offset = parts.tm_gmtoff / 60;  // minutes east of UTC
    return fmt::format("{:04}-{:02}-{:02}T{}{}{:02}:{:02} ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       clock, offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
}

}  // namespace earshot::view
