// Where decoded text goes: a small buffer on the stack that is appended to the caller's string when it is full (a
// string cannot be grown without writing zeros first), and beside it what the caller wants to know about the units.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "text/ascii.h"
#include "text/codec.h"

namespace earshot::text {

// The way of a tight loop to tell of ASCII and of two-byte units of three bytes of text that take turns: where nobody
// asks for a map.
struct NoStretches {
    struct Room {};
    template <typename Map>
    NoStretches(Map&, Room&) {}
    void ascii(std::size_t) {}
    void pairs(std::size_t) {}
};

// The answers to "what else": the malformed units, if anybody wants them, or the map of all units. That nobody wants
// them is found out where one is met: code of its own for that would be a third of all decoding, and no faster.
struct MalformedMap {
    using Stretches = NoStretches;
    std::vector<MalformedUnit>* malformed;  // null: nobody

    void run(std::size_t, std::size_t, unsigned, unsigned) {}
    void error(ByteCount raw_at, std::size_t text_at, const std::uint8_t* bytes, unsigned size);
    void silent(std::size_t) {}
};

struct RunMap {
    class Stretches;
    static constexpr std::uint32_t kLongest = 1U << 30;  // far from the end of a field's range
    std::vector<Run>& runs;

    void run(std::size_t raw, std::size_t text, unsigned raw_unit, unsigned text_unit) {
        if (raw == 0) return;
        if (!runs.empty()) {
            Run& last = runs.back();
            if (last.raw_unit == raw_unit && last.text_unit == text_unit && last.kind == RunKind::text &&
                last.raw_size < kLongest) {
                last.raw_size += static_cast<std::uint32_t>(raw);
                last.text_size += static_cast<std::uint32_t>(text);
                return;
            }
        }
        add(raw, text, raw_unit, text_unit, RunKind::text);
    }
    void error(ByteCount, std::size_t, const std::uint8_t*, unsigned size) { add(size, 3, size, 3, RunKind::error); }
    void silent(std::size_t raw) { add(raw, 0, static_cast<unsigned>(raw), 0, RunKind::silent); }

  private:
    void add(std::size_t raw, std::size_t text, unsigned raw_unit, unsigned text_unit, RunKind kind);
};

// Many runs are gathered on the stack and appended at once; the sizes are raw bytes, together far below kLongest. The
// room stands apart, so that the rest can live in registers.
class RunMap::Stretches {
    static constexpr std::size_t kMost = 64;

  public:
    struct Room {
        Run* begin() { return reinterpret_cast<Run*>(storage); }
        alignas(Run) std::byte storage[kMost * sizeof(Run)];  // not initialised
    };

    [[gnu::always_inline]] Stretches(RunMap& map, Room& room) : map_(map), begin_(room.begin()), next_(begin_) {}
    [[gnu::always_inline]] ~Stretches() {
        next_pair();
        if (next_ != begin_) append(map_, begin_, next_);
    }
    Stretches(const Stretches&) = delete;
    Stretches& operator=(const Stretches&) = delete;

    [[gnu::always_inline]] void ascii(std::size_t size) { ascii_ += static_cast<std::uint32_t>(size); }
    [[gnu::always_inline]] void pairs(std::size_t size) {
        if (ascii_ != 0) next_pair();
        pairs_ += static_cast<std::uint32_t>(size);
    }

  private:
    [[gnu::always_inline]] void next_pair() {
        std::construct_at(next_, Run{pairs_, pairs_ / 2 * 3, 2, 3, RunKind::text});
        std::construct_at(next_ + 1, Run{ascii_, ascii_, 1, 1, RunKind::text});
        next_ += 2;
        pairs_ = 0;
        ascii_ = 0;
        if (next_ == begin_ + kMost) {
            append(map_, begin_, next_);
            next_ = begin_;
        }
    }
    // Only the first may be empty, and the last two; only the first two may be of the shape that the map ends with.
    static void append(RunMap& map, const Run* begin, const Run* end);

    RunMap& map_;
    Run* const begin_;
    Run* next_;
    std::uint32_t pairs_ = 0;
    std::uint32_t ascii_ = 0;  // after the pairs
};

// The buffer and the string: what no map changes.
class TextBuffer {
  public:
    static constexpr std::size_t kSize = 4096;
    static constexpr std::size_t kSlack = 128;  // a wide store may run over the end by as much

    explicit TextBuffer(std::string& text) : text_(text) {}
    ~TextBuffer() { spill(); }
    TextBuffer(const TextBuffer&) = delete;
    TextBuffer& operator=(const TextBuffer&) = delete;

    // A tight loop writes from at() on, at most room() bytes, and says at its end what it wrote with wrote().
    char* at() { return at_; }
    std::size_t room() const { return static_cast<std::size_t>(buffer_ + kSize - at_); }
    std::size_t room_from(const char* to) const { return static_cast<std::size_t>(buffer_ + kSize - to); }
    // Makes room for at least kSlack bytes.
    void make_room() {
        if (room() < kSlack) spill();
    }

  protected:
    std::size_t text_size() const { return text_.size() + static_cast<std::size_t>(at_ - buffer_); }
    void put(const std::uint8_t* text, std::size_t size);
    void spill();

    char* at_ = buffer_;

  private:
    std::string& text_;
    char buffer_[kSize + kSlack];  // not initialised: that is what it is for
};

template <typename Map>
class Output : public TextBuffer {
  public:
    Output(std::string& text, Map map) : TextBuffer(text), map_(map) {}

    void wrote(std::size_t raw, std::size_t text, unsigned raw_unit, unsigned text_unit) {
        at_ += text;
        map_.run(raw, text, raw_unit, text_unit);
    }
    // A loop over stretches of several shapes counts for itself, and notes them by Map::Stretches.
    Map& map() { return map_; }
    void wrote_up_to(char* to) { at_ = to; }
    // Text that is the same as its raw bytes, in units of `unit` bytes.
    void same(const std::uint8_t* raw, std::size_t size, unsigned unit) {
        put(raw, size);
        map_.run(size, size, unit, unit);
    }
    // `from` is the unit's first byte, `raw_at` its place in the stream. There is room for it.
    [[gnu::noinline]] void unit(const Unit& unit, const std::uint8_t* from, ByteCount raw_at) {
        if (unit.kind == RunKind::silent) return map_.silent(unit.raw_size);
        const std::size_t text_at = text_size();
        std::memcpy(at_, unit.text, sizeof unit.text);
        at_ += unit.text_size;
        if (unit.kind == RunKind::error) return map_.error(raw_at, text_at, from, unit.raw_size);
        map_.run(unit.raw_size, unit.text_size, unit.raw_size, unit.text_size);
    }
    // The ASCII that [from, end) begins with; gives back where it ends, or earlier where room ran out.
    const std::uint8_t* ascii(const std::uint8_t* const from, const std::uint8_t* end) {
        const std::uint8_t* at = from;
        char* to = at_;
        const std::uint8_t* const stop = from + std::min(room(), static_cast<std::size_t>(end - from));
        while (static_cast<std::size_t>(stop - at) >= kAsciiBlock) {
            const std::size_t count = copy_ascii_block(at, to);
            if (count < kAsciiBlock) return copied(from, at + count);
            at += kAsciiBlock;  // by a constant: the next step must not wait for the count
            to += kAsciiBlock;
            if (at == from + kLongAscii) return long_ascii(copied(from, at), end);
        }
        while (at != stop && *at < 0x80) *to++ = static_cast<char>(*at++);
        return copied(from, at);
    }

  private:
    static constexpr std::size_t kLongAscii = 384;         // from here on straight into the string
    static constexpr std::size_t kAsciiPiece = 1U << 13U;  // what is looked at is still near when it is copied

    const std::uint8_t* copied(const std::uint8_t* from, const std::uint8_t* to) {
        const auto size = static_cast<std::size_t>(to - from);
        wrote(size, size, 1, 1);
        return to;
    }
    [[gnu::noinline]] const std::uint8_t* long_ascii(const std::uint8_t* from, const std::uint8_t* end) {
        if (static_cast<std::size_t>(end - from) > kAsciiPiece) end = from + kAsciiPiece;
        const std::size_t size = ascii_length(from, end);
        same(from, size, 1);
        return from + size;
    }

    Map map_;
};

extern template class Output<MalformedMap>;
extern template class Output<RunMap>;

}  // namespace earshot::text
