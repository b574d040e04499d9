// How a stream of bytes becomes messages. A Framer is pure: it is shown bytes and says where a message ends.
//
// The caller keeps the unconsumed bytes; a framer remembers only how far it has looked, so that a long message that
// arrives in many reads is scanned once. The caller shows it the same first byte again until something is consumed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace earshot::frame {

enum class StepKind : std::uint8_t {
    need_more,  // no whole message yet
    message,    // one message: `consumed` bytes, of which the payload is [payload_at, payload_at + payload_size)
    malformed,  // the bytes do not fit the framing: `consumed` bytes are given up, all of them payload; `why` says why
};

struct Step {
    StepKind kind = StepKind::need_more;
    std::size_t consumed = 0;      // bytes, header and delimiter included; > 0 unless need_more
    std::size_t payload_at = 0;    // bytes from the first shown one
    std::size_t payload_size = 0;  // bytes
    const char* why = nullptr;     // malformed: an untranslated msgid, static
    bool lost = false;             // malformed: the framing cannot find its way again; what follows has no frames
    std::size_t most = 0;          // malformed for being longer than so many bytes; 0: for another reason
    bool continued = false;        // malformed: more of the message whose beginning was given up before

    friend bool operator==(const Step&, const Step&) = default;
};

// How the text on the wire writes a line feed and a carriage return. A code unit of UTF-16 has two bytes, of which one
// may be 0A by chance; in EBCDIC a line feed is another byte.
struct LineCodes {
    std::uint8_t unit = 1;  // bytes of a code unit: 1 to 4
    std::array<std::uint8_t, 4> line_feed{'\n'};
    std::array<std::uint8_t, 4> carriage_return{'\r'};
    // Nobody has named the encoding: a byte order mark of UTF-16 at the very start of the stream decides.
    bool mark_decides = false;

    friend bool operator==(const LineCodes&, const LineCodes&) = default;
};

class Framer {
  public:
    virtual ~Framer() = default;

    // `bytes` begins with the first byte not yet consumed. Only new bytes are looked at (and the byte before them).
    virtual Step next(ByteView bytes) = 0;
    // The stream has ended or a quiet time has run out: what is left, as one message or as malformed (a part of a
    // fixed-length one, say). Call it, consuming what it gives, until it says need_more: nothing is left then, and the
    // framer begins anew.
    virtual Step finish(ByteView bytes) = 0;
    // A message ends where the peer is silent for this long (idle:MS); zero: silence means nothing.
    virtual Millis quiet_time() const { return Millis(0); }
    // For the framings that look into the text; it counts from the first byte not yet consumed. Before the first byte,
    // and again where the receiving encoding changes.
    virtual void set_line_codes(const LineCodes&) {}
    // A message may have so many bytes from now on, whatever make_framer was told; > 0. A framing whose messages have
    // a size of their own keeps it.
    virtual void set_max_message(std::size_t) {}
    // Whether a message is a character-whole unit, so that decoder state is flushed at its end. chunk and idle cut
    // where the network cut, so there the decoder carries over.
    virtual bool flushes_text() const { return true; }
};

// A framing as the user names it: "line", "chunk", "delim:0d0a", "fixed:16", "length:u16be,offset=2,adjust=-4",
// "idle:50" (the table is in frame/framings.h). `max_message`: bytes a message may have before it is malformed, not
// counting its delimiter or header; 1 to kLargestMessage. The unconsumed bytes a caller must be ready to keep are
// that and a delimiter or header more. Errors: usage, with what is wrong and what is known.
inline constexpr ByteCount kLargestMessage = 0xffff'ffff;
Result<std::unique_ptr<Framer>> make_framer(std::string_view name, ByteCount max_message);

}  // namespace earshot::frame
