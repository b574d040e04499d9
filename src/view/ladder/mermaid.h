// The ladder as a Mermaid sequence diagram, for documents that draw those: solid arrows were seen, dotted are inferred.
#pragma once

#include <string>

#include "view/ladder/rendering.h"

namespace earshot::view {

class MermaidLadder final : public Rendering {
  public:
    explicit MermaidLadder(const LadderLook& look)
        : label_(look.label), explain_(look.explain), windows_(look.windows), payloads_(look.encodings) {}

    std::string begin(const trace::Heading& heading) override;
    std::string row(const trace::Row& row) override;
    std::string end() override { return {}; }
    void decode_as(trace::End from, const text::Encoding* encoding) override { payloads_.decode_as(from, encoding); }

  private:
    std::string arrow(const trace::Row& row, const trace::SegmentRow& segment);

    std::string label_;
    bool explain_, windows_;
    PayloadReader payloads_;
};

}  // namespace earshot::view
