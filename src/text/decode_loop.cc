#include "text/decode_loop.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace earshot::text {

template <typename Map>
const std::uint8_t* HeldBytes<Map>::complete(const std::uint8_t* at, const std::uint8_t* end) {
    constexpr std::size_t kDecided = 4;
    const std::size_t held = state_.held_size;
    const std::size_t taken = std::min(kDecided, static_cast<std::size_t>(end - at));
    std::uint8_t joined[3 + kDecided];
    std::memcpy(joined, state_.held, held);
    if (taken != 0) std::memcpy(joined + held, at, taken);
    state_.held_size = 0;
    std::size_t done = 0;
    while (done < held) {
        const Unit unit = reader_.unit(reader_.codec, joined + done, held + taken - done);
        if (unit.raw_size == 0) {
            EARSHOT_CHECK(taken < kDecided);
            hold(joined + done, joined + held + taken);
            return end;
        }
        out_.unit(unit, joined + done, state_.position);
        state_.position += unit.raw_size;
        done += unit.raw_size;
    }
    return at + (done - held);
}

template <typename Map>
void HeldBytes<Map>::hold(const std::uint8_t* at, const std::uint8_t* end) {
    const auto size = static_cast<std::size_t>(end - at);
    EARSHOT_CHECK(size <= sizeof state_.held);
    std::memcpy(state_.held, at, size);
    state_.held_size = static_cast<std::uint8_t>(size);
}

template <typename Map>
void HeldBytes<Map>::finish() {
    if (state_.held_size != 0) out_.make_room();
    for (std::size_t done = 0; done < state_.held_size;) {
        const std::uint8_t* const at = state_.held + done;
        const std::size_t left = state_.held_size - done;
        Unit unit = reader_.unit(reader_.codec, at, left);
        if (unit.raw_size == 0) unit = reader_.last_unit(reader_.codec, at, left);
        out_.unit(unit, at, state_.position);
        state_.position += unit.raw_size;
        done += unit.raw_size;
    }
    state_.held_size = 0;
    std::memset(state_.mode, 0, sizeof state_.mode);
}

template class HeldBytes<MalformedMap>;
template class HeldBytes<RunMap>;

}  // namespace earshot::text
