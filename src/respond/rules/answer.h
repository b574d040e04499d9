// What a rule answers: text or bytes with holes `${...}` that captures, counters, times and checksums fill.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "base/clock.h"
#include "base/inline_vector.h"
#include "base/result.h"
#include "text/encoding.h"

namespace earshot::respond::rules {

// The captures that a rule's pattern makes: how many, and those that have a name.
struct Groups {
    std::size_t count = 0;
    std::map<std::string, std::size_t, std::less<>> names;
};

// What the holes are filled with, for one answer.
struct Filling {
    std::span<const std::string_view> captures;  // 0 is all that matched
    bool captures_are_text = true;               // UTF-8; else the peer's bytes, which go out as they are
    std::uint64_t count = 0;                     // how often the rule has fired for this caller, this time included
    std::uint64_t total = 0;                     // ... for all callers
    std::uint64_t id = 0;                        // the conversation's number
    std::size_t size = 0;                        // bytes of the message
    std::string_view device, peer;
    const Clock* clock = nullptr;
    const text::Encoding* encoding = nullptr;  // of text that is sent; null: UTF-8 or bytes, nothing is changed
};

enum class Form : std::uint8_t { text, hex };

class Answer {
  public:
    // Errors: usage, naming the hole that is wrong.
    static Result<Answer> parse(std::string_view text, Form form, const Groups& groups);

    // Appends the bytes. Errors: unencodable, naming the character; `bytes` is then as it was.
    Status render(const Filling& filling, std::vector<std::uint8_t>& bytes) const;
    // The same where copies(), for a text that is sent as UTF-8 or bytes.
    void copy(std::span<const std::string_view> captures, ByteBuffer& bytes) const;
    // It is nothing but literals and captures as they are.
    bool copies() const { return copies_; }
    // Captures it needs, 0 included: 0 for none.
    std::size_t captures() const { return captures_; }
    bool counts() const { return counts_; }
    bool totals() const { return totals_; }
    bool names_peer() const { return names_peer_; }

  private:
    enum class Kind : std::uint8_t { literal, capture, count, total, id, size, device, peer, time, utc, checksum };
    struct Part {
        Kind kind = Kind::literal;
        std::string text;  // literal: UTF-8 of a text, bytes of hex; times: a format of strftime
        std::size_t group = 0;
        std::uint8_t width = 0;   // digits of a number at least, with noughts before it
        std::uint8_t binary = 0;  // bytes of a number; 0: digits
        bool low_byte_first = false;
        bool in_hex = false;  // a capture or checksum as digits
        const Checksum* checksum = nullptr;
        std::int64_t from = 0, to = 0;  // bytes of the answer that a checksum is over; negative: from here back
        bool to_here = true;
    };
    struct Writing;

    static Result<Part> parse_hole(std::string_view hole, Form form, const Groups& groups);
    static Status parse_time(std::string_view form, Part& part);
    static Status parse_number(std::string_view form, Part& part);
    static Status parse_checksum(std::string_view form, Part& part);
    Status append_literal(std::string_view text, Form form);
    void note_pieces();
    Status render_part(const Part& part, const Filling& filling, Writing& to) const;

    // The same parts where copies_: so many bytes of copied_, and the capture behind them.
    static constexpr std::size_t kSlack = 16;
    static constexpr std::uint32_t kNone = ~std::uint32_t(0);
    struct Piece {
        std::uint32_t size = 0;
        std::uint32_t group = kNone;
    };

    bool copies_ = true;
    bool counts_ = false, totals_ = false, names_peer_ = false;
    bool is_text_ = true;
    std::uint32_t copied_size_ = 0;
    InlineVector<Piece, 4> pieces_;
    InlineVector<char, 48> copied_;  // their literals, and kSlack bytes that may be read
    std::size_t captures_ = 0;
    std::vector<Part> parts_;
};

}  // namespace earshot::respond::rules
