// The encoding that each end of a captured conversation is read in: as named, or found out from what it sends.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "text/detect.h"
#include "trace/segment.h"

namespace earshot::app {

class PayloadEncodings {
  public:
    // Labels, "auto" or "bytes"; `candidates` are those of `auto` beside UTF-8 and outlive this.
    static Result<PayloadEncodings> of(const std::string& client, const std::string& server,
                                       const std::vector<const text::Encoding*>& candidates);

    // Null: bytes.
    const text::Encoding* encoding_of(trace::End end) const { return ends_[index(end)].encoding; }
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

}  // namespace earshot::app
