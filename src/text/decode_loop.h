// The streaming around a codec: what is held between calls, ASCII, single units; the codec knows only its units.
//
// A codec has
//     Codec(const Encoding&, std::uint8_t (&mode)[4])   made anew for each call
//     static constexpr bool kAscii                      bytes below 80 between units are themselves
//     Unit unit(const std::uint8_t* at, std::size_t size)   the unit at `at`; decided by 4 bytes at the latest
//     template <typename Map> const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>&)
//         as many units as a tight loop can take, into the room there is; gives back where it stopped
// and may have
//     Unit last_unit(const std::uint8_t* at, std::size_t size)   what an incomplete unit is at the stream's end, where
//     it
//         is not one malformed unit
#pragma once

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "text/codec.h"
#include "text/output.h"

namespace earshot::text {

template <typename Codec, typename Map>
class DecodeLoop {
  public:
    DecodeLoop(Decoder& decoder, std::string& text, Map map)
        : state_(DecodeOps::state(decoder)), codec_(decoder.encoding(), state_.mode), out_(text, map) {}

    void decode(ByteView raw, bool ends) {
        const std::uint8_t* at = raw.data();
        const std::uint8_t* const end = at + raw.size();
        if (state_.held_size != 0) at = complete_held(at, end);
        if (state_.held_size == 0 && at != end) hold(units(at, end), end);
        if (ends) finish();
    }

  private:
    // Whole units of [at, end); gives back where an incomplete one starts.
    const std::uint8_t* units(const std::uint8_t* at, const std::uint8_t* const end) {
        const std::uint8_t* const begin = at;
        const ByteCount base = state_.position;
        while (at != end) {
            out_.make_room();
            if constexpr (Codec::kAscii) {
                if (*at < 0x80) {
                    at = out_.ascii(at, end);
                    continue;
                }
            }
            const std::uint8_t* const stopped = codec_.run(at, end, out_);
            if (stopped != at) {
                at = stopped;
                continue;
            }
            const Unit unit = codec_.unit(at, static_cast<std::size_t>(end - at));
            if (unit.raw_size == 0) break;
            out_.unit(unit, at, base + static_cast<ByteCount>(at - begin));
            at += unit.raw_size;
        }
        state_.position = base + static_cast<ByteCount>(at - begin);
        return at;
    }
    // Units that begin in what is held; gives back where in [at, end) the next unit begins.
    const std::uint8_t* complete_held(const std::uint8_t* at, const std::uint8_t* end) {
        constexpr std::size_t kDecided = 4;
        const std::size_t held = state_.held_size;
        const std::size_t taken = std::min(kDecided, static_cast<std::size_t>(end - at));
        std::uint8_t joined[3 + kDecided];
        std::memcpy(joined, state_.held, held);
        if (taken != 0) std::memcpy(joined + held, at, taken);
        state_.held_size = 0;
        std::size_t done = 0;
        while (done < held) {
            const Unit unit = codec_.unit(joined + done, held + taken - done);
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
    void hold(const std::uint8_t* at, const std::uint8_t* end) {
        const auto size = static_cast<std::size_t>(end - at);
        EARSHOT_CHECK(size <= sizeof state_.held);
        if (size != 0) std::memcpy(state_.held, at, size);
        state_.held_size = static_cast<std::uint8_t>(size);
    }
    void finish() {
        if (state_.held_size != 0) out_.make_room();
        for (std::size_t done = 0; done < state_.held_size;) {
            const std::uint8_t* const at = state_.held + done;
            const std::size_t left = state_.held_size - done;
            Unit unit = codec_.unit(at, left);
            if (unit.raw_size == 0) unit = last_unit(at, left);
            out_.unit(unit, at, state_.position);
            state_.position += unit.raw_size;
            done += unit.raw_size;
        }
        state_.held_size = 0;
        std::memset(state_.mode, 0, sizeof state_.mode);
    }
    Unit last_unit(const std::uint8_t* at, std::size_t size) {
        if constexpr (requires { codec_.last_unit(at, size); }) {
            return codec_.last_unit(at, size);
        } else {
            return Unit::malformed(static_cast<unsigned>(size));
        }
    }

    DecodeOps::State state_;
    Codec codec_;
    Output<Map> out_;
};

template <typename Codec, typename Map>
[[gnu::noinline]] void decode_with(Decoder& decoder, ByteView raw, bool ends, std::string& text, Map map) {
    DecodeLoop<Codec, Map>(decoder, text, map).decode(raw, ends);
}

template <typename Codec>
constexpr DecodeOps decode_ops() {
    return {[](Decoder& decoder, ByteView raw, bool ends, std::string& text) {
                decode_with<Codec, MalformedMap>(decoder, raw, ends, text, {nullptr});
            },
            [](Decoder& decoder, ByteView raw, bool ends, std::string& text, std::vector<MalformedUnit>& malformed) {
                decode_with<Codec, MalformedMap>(decoder, raw, ends, text, {&malformed});
            },
            [](Decoder& decoder, ByteView raw, bool ends, std::string& text, std::vector<Run>& runs) {
                decode_with<Codec, RunMap>(decoder, raw, ends, text, {runs});
            }};
}

}  // namespace earshot::text
