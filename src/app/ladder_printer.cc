#include "app/ladder_printer.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "text/encoding.h"

namespace earshot::app {

namespace {

// Of the terminal that the lines go to; 80 where it is none.
int columns_of(std::FILE* lines) {
    winsize size{};
    const bool known = ::ioctl(::fileno(lines), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return std::max(80, known ? int{size.ws_col} : 80);
}

// Null: bytes, and only where somebody asked for that.
const text::Encoding* encoding_named(const std::optional<std::string>& name) {
    return !name || *name == "auto" ? &text::utf8() : text::find_encoding(*name);
}

void write_line(std::FILE* to, const std::string& line) {
    const std::string whole = line + "\n";  // one write, so that what others say stands between lines
    std::fwrite(whole.data(), 1, whole.size(), to);
}

}  // namespace

LadderPrinter::LadderPrinter(const Options& options, std::FILE* lines) : options_(options), lines_(lines) {}

void LadderPrinter::print(SessionId id, const model::Traced& rows) {
    const trace::End self = rows.heading.self.value_or(trace::End::client);
    const std::string& peer = self == trace::End::client ? rows.heading.server : rows.heading.client;
    const std::string key = std::to_string(id.value) + " " + peer;  // a call may try several addresses
    const auto [found, made] = ladders_.try_emplace(key);
    if (made) {
        view::LadderLook look;
        if (options_.verb == Verb::listen) look.label = "c" + std::to_string(id.value);
        look.id = id.value;
        look.width = columns_of(lines_);
        look.explain = options_.ladder.explain;
        found->second = std::make_unique<view::TextLadder>(std::move(look));
        found->second->decode_as(trace::other(self), encoding_named(options_.recv_encoding));
        found->second->decode_as(self, encoding_named(options_.send_encoding));
    }
    view::TextLadder& ladder = *found->second;
    if (made || key != shown_) {
        for (const std::string& line : ladder.head(rows.heading)) write_line(lines_, line);
        shown_ = key;
    }
    for (const trace::Row& row : rows.rows) {
        for (const std::string& line : ladder.lines(row)) write_line(lines_, line);
    }
    if (rows.over) ladders_.erase(found);
}

}  // namespace earshot::app
