// Which encoding a peer speaks, from what he has sent so far (receive encoding `auto`).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "text/encoding.h"

namespace earshot::text {

enum class Certainty : std::uint8_t {
    undecided,  // only ASCII so far: any candidate would read it alike
    tentative,  // decided, but more bytes may turn it over
    sticky,     // stays
};

struct Verdict {
    const Encoding* encoding = nullptr;  // UTF-8 while undecided
    Certainty certainty = Certainty::undecided;

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Judges from the stream's bytes as they come; bounded state (keeps at most kSampleSize non-ASCII context bytes and
// allocates nothing while the stream is ASCII). Pure; the verdict depends on the bytes, not on how they were cut.
class Detector {
  public:
    static constexpr std::size_t kSampleSize = 4096;  // bytes judged; beyond them the verdict is sticky

    // Candidates beside UTF-8, best guess first; rows must stay alive. Empty: gbk.
    explicit Detector(std::span<const Encoding* const> candidates);

    Verdict add(ByteView bytes);
    Verdict verdict() const { return verdict_; }

  private:
    std::span<const Encoding* const> candidates_;
    std::string sample_;
    Verdict verdict_;
};

}  // namespace earshot::text
