// Writes the fields of one flat JSON object straight into a buffer: the hot path of the JSON view has no tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"

namespace earshot::view {

// Appends `text` as a JSON string with its quotes. Whatever the bytes are, the result is valid UTF-8: a byte that is
// none becomes U+FFFD. Control characters, C1 and bidirectional ones among them, are written as \u escapes: a program
// reads the same text, and a terminal that the line is shown on is not steered by it.
void append_json_string(std::string& out, std::string_view text);

// Appends "2026-05-01T12:00:00.123456789Z" (RFC 3339, UTC), without quotes.
void append_time(std::string& out, WallTime time);

class JsonArray;

// Names are literals of ours and need no escaping. Append only; the buffer outlives this.
class JsonFields {
  public:
    explicit JsonFields(std::string& out) : out_(out) { out_ += '{'; }
    void close() { out_ += '}'; }

    void text(std::string_view name, std::string_view value);
    void number(std::string_view name, std::uint64_t value);
    void integer(std::string_view name, std::int64_t value);
    void time(std::string_view name, WallTime value);
    void truth(std::string_view name, bool value);
    void base64(std::string_view name, ByteView value);
    // An object of its own: write its fields to the returned value, then close() that.
    JsonFields object(std::string_view name);
    // The same for an array.
    JsonArray array(std::string_view name);
    // For a value that the caller appends to the buffer himself.
    void name(std::string_view name);

  private:
    std::string& out_;
    bool first_ = true;
};

class JsonArray {
  public:
    explicit JsonArray(std::string& out) : out_(out) { out_ += '['; }
    void close() { out_ += ']'; }

    void text(std::string_view value);
    JsonFields object();  // close() it before the next item

  private:
    void next();

    std::string& out_;
    bool first_ = true;
};

}  // namespace earshot::view
