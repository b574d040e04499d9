// One candidate's reading of a peer's bytes, for detection: how plausible is what comes out. Incremental: bytes in any
// pieces give the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "text/common_characters.h"
#include "text/decoder.h"
#include "text/encoding.h"

namespace earshot::text {

class Reading {
  public:
    // Room that readings share while they read.
    struct Space {
        std::string raw;
        std::string text;
        std::vector<Run> runs;
    };

    explicit Reading(const Encoding& encoding);

    const Encoding& encoding() const { return decoder_.encoding(); }
    void read(ByteView bytes, Space& space);
    // A message ends here, and its text with it: what is held is malformed.
    void end_message(Space& space);

    // Whole units beyond ASCII, malformed ones among them.
    bool has_units() const { return units_ > 0; }
    bool is_valid() const { return errors_ == 0; }
    // Well-formed units beyond ASCII before the first malformed one; `long`: with three and more bytes of text.
    std::uint32_t sequences() const { return sequences_; }
    std::uint32_t long_sequences() const { return long_sequences_; }
    // Characters of the Latin alphabet beyond ASCII, or signs that stand with them.
    bool has_latin() const { return has_latin_; }
    // Two units at least, and each one a character that everyday text has.
    bool is_all_common() const { return units_ > 1 && commons_ == units_; }
    // The higher mean score a unit, compared exactly; no units are worse than any.
    bool is_better_than(const Reading& other) const;

  private:
    void judge(const Space& space);
    void judge_units(ByteView raw, std::string_view text, const Run& run);
    int score(ByteView unit, char32_t character);

    Decoder decoder_;
    CommonCharacters common_;
    std::int64_t sum_ = 0;
    std::uint32_t units_ = 0;
    std::uint32_t errors_ = 0;
    std::uint32_t commons_ = 0;
    std::uint32_t sequences_ = 0;
    std::uint32_t long_sequences_ = 0;
    bool has_latin_ = false;
    char32_t last_ = '\n';  // the character before
};

}  // namespace earshot::text
