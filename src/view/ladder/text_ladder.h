// The ladder as lines of text, as --ladder prints it: client left, server right, one line a segment and none wider than
// the terminal, whatever the payload is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "view/ladder/rendering.h"

namespace earshot::view {

struct ArrowWords;

class TextLadder final : public Rendering {
  public:
    explicit TextLadder(LadderLook look);

    // Whole lines without their ends; for a row always at least one.
    std::vector<std::string> head(const trace::Heading& heading) const;
    std::vector<std::string> lines(const trace::Row& row);

    std::string begin(const trace::Heading& heading) override;
    std::string row(const trace::Row& row) override;
    std::string end() override { return {}; }
    void decode_as(trace::End from, const text::Encoding* encoding) override { payloads_.decode_as(from, encoding); }
    // The terminal has changed: for the rows to come.
    void set_width(int width);

  private:
    // What stands between the bars, and beside the right one.
    struct Rung {
        std::string field, beside;
    };
    Rung segment_rung(const trace::Row& row, const trace::SegmentRow& segment);
    std::vector<Rung> rungs(const trace::Row& row);
    void add_words(const trace::Row& row, std::vector<Rung>& rungs) const;
    std::string arrow(const trace::SegmentRow& segment, const std::string& text) const;
    int room_in(const trace::SegmentRow& segment) const;
    std::string line(std::string_view delta, std::string_view client, const Rung& rung) const;

    LadderLook look_;
    PayloadReader payloads_;
    int field_ = 0;       // columns between the bars
    bool begun_ = false;  // the row of first states was drawn
};

}  // namespace earshot::view
