#include "app/ladder_printer.h"

#include <unistd.h>

#include <algorithm>

#include "app/terminal.h"
#include "app/terminal_charset.h"
#include "base/check.h"

namespace earshot::app {

namespace {

void write_line(std::FILE* to, const std::string& line) {
    const std::string whole = for_people(line + "\n");  // one write, so that what others say stands between lines
    std::fwrite(whole.data(), 1, whole.size(), to);
}

}  // namespace

LadderPrinter::LadderPrinter(const Run& run, std::FILE* lines)
    : run_(run), lines_(lines), candidates_(candidates_of(run.options)) {}

LadderPrinter::Ladder LadderPrinter::make(SessionId id, trace::End self) const {
    auto encodings = payload_encodings(run_.options, run_.holds, self, candidates_);
    EARSHOT_CHECK(static_cast<bool>(encodings));  // the labels were checked when they were given
    view::LadderLook look;
    if (run_.options.verb == Verb::listen) look.label = "c" + std::to_string(id.value);
    look.id = id.value;
    look.width = std::max(80, terminal_columns(::fileno(lines_)));
    look.explain = run_.options.ladder.explain;
    look.encodings = {encodings->encoding_of(trace::End::client), encodings->encoding_of(trace::End::server)};
    return {view::TextLadder(std::move(look)), std::move(*encodings)};
}

void LadderPrinter::print(SessionId id, const model::Traced& rows) {
    auto found = ladders_.find(rows.ladder);
    const bool is_new = found == ladders_.end();
    if (is_new) {
        found = ladders_.emplace(rows.ladder, make(id, rows.heading.self.value_or(trace::End::client))).first;
    }
    auto& [text, encodings] = found->second;
    if (is_new || rows.ladder != shown_) {
        for (const std::string& line : text.head(rows.heading)) write_line(lines_, line);
        shown_ = rows.ladder;
    }
    for (const trace::Row& row : rows.rows) {
        encodings.add(row, text);
        for (const std::string& line : text.lines(row)) write_line(lines_, line);
    }
    if (rows.over) ladders_.erase(found);
}

}  // namespace earshot::app
