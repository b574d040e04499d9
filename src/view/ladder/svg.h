// The ladder as one SVG picture that needs nothing beside it: no scripts, no fonts but the generic ones. An arrow
// slants only where the segment was captured at both ends; everything known of a segment stands in its <title>.
#pragma once

#include <string>
#include <vector>

#include "view/ladder/rendering.h"

namespace earshot::view {

// Text or an attribute's value in XML 1.0, whatever the bytes are.
std::string xml_escaped(std::string_view text);

class SvgLadder final : public Rendering {
  public:
    explicit SvgLadder(const LadderLook& look)
        : label_(look.label), explain_(look.explain), windows_(look.windows), payloads_(look.encodings) {}

    // The picture's height is known at its end: begin() and row() give nothing, end() gives all.
    std::string begin(const trace::Heading& heading) override;
    std::string row(const trace::Row& row) override;
    std::string end() override;
    void decode_as(trace::End from, const text::Encoding* encoding) override { payloads_.decode_as(from, encoding); }

  private:
    // A row as it will be drawn, its place aside.
    struct Step {
        bool arrow = false;  // else words between the lines
        trace::End from{};
        const char* look = "";  // classes of an arrow
        std::string words, detail, delta, client, server;
        std::vector<std::string> more;  // a fold's second line, a note's
        std::vector<std::pair<trace::End, std::string>> said;
        std::optional<WallTime> sent, arrived;  // both: it slants
        int y = 0;                              // of the sender's end
        int y_end = 0;
    };
    Step arrow_step(const trace::Row& row, const trace::SegmentRow& segment);
    int lay_out();  // gives the height
    int y_of_arrival(const Step& step) const;
    static void append(std::string& out, const Step& step);
    static void append_arrow(std::string& out, const Step& step);

    std::string label_;
    bool explain_, windows_;
    PayloadReader payloads_;
    trace::Heading heading_;
    std::vector<Step> steps_;
};

}  // namespace earshot::view
