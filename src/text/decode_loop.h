// The streaming around a codec: what is held between calls, ASCII, single units; the codec knows only its units.
//
// A codec has
//     Codec(const Encoding&, std::uint8_t (&mode)[4])   made anew for each call
//     static constexpr bool kAscii                      bytes below 80 between units are themselves
//     Unit unit(const std::uint8_t* at, std::size_t size)   the unit at `at`; decided by 4 bytes at the latest
//     template <typename Map> const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>&)
//         as many units as a tight loop can take, into the room there is; gives back where it stopped
// and may have
//     Unit last_unit(const std::uint8_t* at, std::size_t size)
//         what an incomplete unit is at the stream's end, where it is not one malformed unit
#pragma once

#include "text/codec.h"
#include "text/output.h"

namespace earshot::text {

// What a codec knows of single units, for code that is not made anew for each codec.
struct UnitReader {
    void* codec;
    Unit (*unit)(void* codec, const std::uint8_t* at, std::size_t size);
    Unit (*last_unit)(void* codec, const std::uint8_t* at, std::size_t size);
};

// The bytes held between calls.
template <typename Map>
class HeldBytes {
  public:
    HeldBytes(DecodeOps::State state, UnitReader reader, Output<Map>& out)
        : state_(state), reader_(reader), out_(out) {}

    // Units that begin in what is held; gives back where in [at, end) the next unit begins.
    const std::uint8_t* complete(const std::uint8_t* at, const std::uint8_t* end);
    void hold(const std::uint8_t* at, const std::uint8_t* end);
    // The stream ends: what is held is all there will be.
    void finish();

  private:
    DecodeOps::State state_;
    UnitReader reader_;
    Output<Map>& out_;
};

extern template class HeldBytes<MalformedMap>;
extern template class HeldBytes<RunMap>;

// The functions of a UnitReader.
template <typename Codec>
[[gnu::noinline]] Unit unit_of(void* codec, const std::uint8_t* at, std::size_t size) {
    return static_cast<Codec*>(codec)->unit(at, size);
}
template <typename Codec>
Unit last_unit_of(void* codec, const std::uint8_t* at, std::size_t size) {
    if constexpr (requires(Codec c) { c.last_unit(at, size); }) {
        return static_cast<Codec*>(codec)->last_unit(at, size);
    } else {
        return Unit::malformed(static_cast<unsigned>(size));
    }
}

template <typename Codec, typename Map>
class DecodeLoop {
  public:
    DecodeLoop(Decoder& decoder, std::string& text, Map map)
        : state_(DecodeOps::state(decoder)), codec_(decoder.encoding(), state_.mode), out_(text, map) {}

    void decode(ByteView raw, bool ends) {
        HeldBytes<Map> held(state_, {&codec_, unit_of<Codec>, last_unit_of<Codec>}, out_);
        const std::uint8_t* at = raw.data();
        const std::uint8_t* const end = at + raw.size();
        if (state_.held_size != 0) at = held.complete(at, end);
        if (state_.held_size == 0 && at != end) {
            at = units(at, end);
            if (at != end) held.hold(at, end);
        }
        if (ends) held.finish();
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
            const Unit found = unit_of<Codec>(&codec_, at, static_cast<std::size_t>(end - at));
            if (found.raw_size == 0) break;
            out_.unit(found, at, base + static_cast<ByteCount>(at - begin));
            at += found.raw_size;
        }
        state_.position = base + static_cast<ByteCount>(at - begin);
        return at;
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
