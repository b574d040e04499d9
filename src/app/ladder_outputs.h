// The forms in which one ladder is written at once: on the standard output as text or JSON, and the files asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/options.h"
#include "app/terminal_charset.h"
#include "app/written_file.h"
#include "trace/row.h"
#include "view/ladder/rendering.h"

namespace earshot::app {

class LadderOutputs {
  public:
    // `main_form` ("text" or "json", null: none) goes to the standard output, unless a file of `wish` is "-".
    LadderOutputs(const LadderWish& wish, const char* main_form, const view::LadderLook& look);

    void begin(const trace::Heading& heading);
    void row(const trace::Row& row);
    void end();
    void decode_as(trace::End from, const text::Encoding* encoding);
    // All that is written from here on, and was before, goes where it belongs; until then it waits.
    Status open();
    Status flush();
    Status close();
    // Nobody reads the standard output any more, and there is no other output.
    bool reader_has_gone() const;

  private:
    struct Output {
        std::unique_ptr<view::Rendering> form;
        WrittenFile file;
        bool is_shown = false;  // on a terminal, which may have a charset of its own
    };
    void add(const char* form, const std::string& path, const view::LadderLook& look);
    void write(Output& output, const std::string& text) const;

    TerminalCharset charset_ = TerminalCharset::of_user();
    std::vector<Output> outputs_;
};

}  // namespace earshot::app
