// The encoding that each end of a ladder is read in: as named, or found out from what it sends.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "text/detect.h"
#include "trace/row.h"
#include "trace/segment.h"

namespace earshot::view {

class PayloadEncodings {
  public:
    // Labels, "auto" or "bytes". `candidates` are those of `auto` beside UTF-8. Errors: usage, naming the label.
    static Result<PayloadEncodings> of(const std::string& client, const std::string& server,
                                       const std::vector<const text::Encoding*>& candidates);

    // Null: bytes.
    const text::Encoding* encoding_of(trace::End end) const { return ends_[index(end)].encoding; }
    // It is known, whatever was found out. Null: bytes.
    void name(trace::End end, const text::Encoding* encoding) { ends_[index(end)] = {encoding, std::nullopt}; }
    // What an end has sent, in order and each byte once. True where it is now taken for another encoding.
    bool add(trace::End from, ByteView payload);
    // Before a row is drawn: what it carries, if it is new, may show what its sender writes. `drawing` has decode_as().
    template <typename Drawing>
    void add(const trace::Row& row, Drawing& drawing) {
        const auto* segment = std::get_if<trace::SegmentRow>(&row.body);
        if (!segment || is_repeated(*segment)) return;
        const trace::End from = segment->segment.from;
        if (add(from, as_bytes(segment->segment.payload))) drawing.decode_as(from, encoding_of(from));
    }

  private:
    struct One {
        const text::Encoding* encoding = nullptr;
        std::optional<text::Detector> detector;
    };
    static std::size_t index(trace::End end) { return static_cast<std::size_t>(end); }
    // What it carries was in the ladder before.
    static bool is_repeated(const trace::SegmentRow& row);

    std::array<One, 2> ends_;
};

}  // namespace earshot::view
