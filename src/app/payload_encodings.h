// The encoding that each end of a captured conversation is read in: as named, or found out from what it sends.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "app/effective.h"
#include "app/options.h"
#include "base/bytes.h"
#include "base/result.h"
#include "text/detect.h"
#include "trace/row.h"
#include "trace/segment.h"

namespace earshot::app {

class PayloadEncodings {
  public:
    // Labels, "auto" or "bytes"; `candidates` are those of `auto` beside UTF-8 and outlive this.
    static Result<PayloadEncodings> of(const std::string& client, const std::string& server,
                                       const std::vector<const text::Encoding*>& candidates);

    // Null: bytes.
    const text::Encoding* encoding_of(trace::End end) const { return ends_[index(end)].encoding; }
    // It is known, whatever was found out. Null: bytes.
    void name(trace::End end, const text::Encoding* encoding) { ends_[index(end)] = {encoding, std::nullopt}; }
    // What an end has sent, in order and each byte once. True where it is now taken for another encoding.
    bool add(trace::End from, ByteView payload);

  private:
    struct One {
        const text::Encoding* encoding = nullptr;
        std::optional<text::Detector> detector;
    };
    static std::size_t index(trace::End end) { return static_cast<std::size_t>(end); }

    std::array<One, 2> ends_;
};

// What --detect names, or what people of the user's language write in.
std::vector<const text::Encoding*> candidates_of(const Options& options);
// Of a conversation that is being held, `self` being our end. What a pipe passes as bytes is read as text here, unless
// bytes are what was asked for.
Result<PayloadEncodings> payload_encodings(const Options& options, const Effective& holds, trace::End self,
                                           const std::vector<const text::Encoding*>& candidates);
// What it carries was in the ladder before.
bool is_repeated(const trace::SegmentRow& row);

}  // namespace earshot::app
