// A form in which a ladder is written: the heading and the rows in, text out. Chosen by name at run time, which is why
// it is an interface. Pure; one conversation each.
#pragma once

#include <string>

#include "trace/row.h"
#include "view/ladder/payload.h"

namespace earshot::view {

// How a ladder is to look; each form takes what concerns it.
struct LadderLook {
    std::string label;      // before the heading: "c3"; empty: none
    std::uint64_t id = 0;   // the conversation's number in JSON; 0: none
    int width = 80;         // columns of text
    bool box = false;       // box drawing; only where it was measured to be one column wide
    bool explain = false;   // a sentence a step
    bool windows = false;   // every segment's window, not only where it is zero
    Encodings encodings{};  // of the payload
};

class Rendering {
  public:
    virtual ~Rendering() = default;
    // Once each, in this order: the heading, every row, the end. What they give is appended to the output; a form that
    // has to know everything first gives it all at the end.
    virtual std::string begin(const trace::Heading& heading) = 0;
    virtual std::string row(const trace::Row& row) = 0;
    virtual std::string end() = 0;
    // From the next row on. Null: bytes.
    virtual void decode_as(trace::End from, const text::Encoding* encoding) = 0;
};

}  // namespace earshot::view
