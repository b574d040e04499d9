// The ladder for programs: one JSON object a row, the fields of docs/json.md ("ladder").
#pragma once

#include <string>

#include "view/json_fields.h"
#include "view/ladder/rendering.h"

namespace earshot::view {

// The fields of a kernel's account, as the rows and `stats` have them.
void append_account(JsonFields& fields, const trace::Account& account);

class JsonRows final : public Rendering {
  public:
    explicit JsonRows(const LadderLook& look) : id_(look.id), payloads_(look.encodings) {}

    // The fields of an object that the caller has opened, all but `event`, `time` and `id`. Rows in order.
    static void append(JsonFields& fields, const trace::Heading& heading);
    void append(JsonFields& fields, const trace::Row& row);

    // A line with its LF.
    std::string begin(const trace::Heading& heading) override;
    std::string row(const trace::Row& row) override;
    std::string end() override { return {}; }
    void decode_as(trace::End from, const text::Encoding* encoding) override { payloads_.decode_as(from, encoding); }

  private:
    void append_segment(JsonFields& fields, const trace::Row& row, const trace::SegmentRow& segment);

    std::uint64_t id_;
    PayloadReader payloads_;
};

}  // namespace earshot::view
