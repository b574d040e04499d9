#include "app/ladder_outputs.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "view/ladder/renderings.h"

namespace earshot::app {

LadderOutputs::LadderOutputs(const LadderWish& wish, const char* main_form, const view::LadderLook& look) {
    if (main_form != nullptr && !wish.takes_standard_output()) add(main_form, "-", look);
    if (!wish.svg.empty()) add("svg", wish.svg, look);
    if (!wish.mermaid.empty()) add("mermaid", wish.mermaid, look);
}

void LadderOutputs::add(const char* form, const std::string& path, const view::LadderLook& look) {
    const view::RenderingKind* kind = view::find_rendering(form);
    EARSHOT_CHECK(kind != nullptr);
    // Other forms are files wherever they go, and UTF-8.
    const bool is_shown = path == "-" && form == std::string_view("text") && ::isatty(STDOUT_FILENO) != 0;
    outputs_.push_back({kind->make(look), WrittenFile(path), is_shown});
}

void LadderOutputs::write(Output& output, const std::string& text) const {
    output.file.write(output.is_shown ? charset_.to_terminal(text) : text);
}

void LadderOutputs::begin(const trace::Heading& heading) {
    for (Output& output : outputs_) write(output, output.form->begin(heading));
}
void LadderOutputs::row(const trace::Row& row) {
    for (Output& output : outputs_) write(output, output.form->row(row));
}
void LadderOutputs::end() {
    for (Output& output : outputs_) write(output, output.form->end());
}
void LadderOutputs::decode_as(trace::End from, const text::Encoding* encoding) {
    for (const Output& output : outputs_) output.form->decode_as(from, encoding);
}

Status LadderOutputs::open() {
    for (Output& output : outputs_) {
        if (Status done = output.file.open(); !done) return done;
    }
    return flush();
}
Status LadderOutputs::flush() {
    for (Output& output : outputs_) {
        if (Status done = output.file.flush(); !done) return done;
    }
    return Ok{};
}
Status LadderOutputs::close() {
    if (Status done = flush(); !done) return done;
    for (Output& output : outputs_) {
        if (Status done = output.file.close(); !done) return done;
    }
    return Ok{};
}

bool LadderOutputs::reader_has_gone() const {
    return std::all_of(outputs_.begin(), outputs_.end(),
                       [](const Output& output) { return output.file.reader_has_gone(); }) &&
           !outputs_.empty();
}

}  // namespace earshot::app
