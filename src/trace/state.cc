#include "trace/state.h"

#include <array>

namespace earshot::trace {

std::string_view name_of(State state) {
    static constexpr std::array<std::string_view, 11> kNames = {
        "CLOSED",     "LISTEN",     "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
        "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",  "LAST-ACK",     "TIME-WAIT"};
    return kNames[static_cast<std::size_t>(state)];
}

}  // namespace earshot::trace
