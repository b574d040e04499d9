// The ladders and the figures of the connections in the console.
#include "base/i18n.h"
#include "view/console/console.h"
#include "view/ladder/payload.h"
#include "view/ladder/stats.h"
#include "view/ladder/text_ladder.h"

namespace earshot::view {

void Console::ladder(std::string_view arguments) {
    const bool off = arguments == "off" || arguments.ends_with(" off");
    if (off) arguments.remove_suffix(arguments == "off" ? 3 : 4);
    if (!arguments.empty() || to_ != To::nobody) return steer(arguments, model::ShowLadder{!off});
    // The one who has just left may still be told of.
    commands_.give({.body = model::ShowLadder{!off}});
}

void Console::stats(std::string_view arguments) { steer(arguments, model::ReadAccounts{}); }

TextLadder& Console::ladder_of(SessionId id, const model::Traced& told) {
    if (told.again) ladders_.erase(told.ladder);
    const auto [found, made] = ladders_.try_emplace(told.ladder);
    if (made) {
        LadderLook look;
        if (options_.listening) look.label = "c" + std::to_string(id.value);
        look.id = id.value;
        look.explain = options_.explain;
        found->second = std::make_unique<TextLadder>(std::move(look));
    }
    TextLadder& ladder = *found->second;
    ladder.set_width(options_.columns);
    if (made || told.ladder != ladder_shown_) {  // rows of several conversations may come in turns
        for (const std::string& line : ladder.head(told.heading)) print(line);
        ladder_shown_ = told.ladder;
    }
    return ladder;
}

void Console::on(const model::Event& event, const model::Traced& body) {
    TextLadder& ladder = ladder_of(event.id, body);
    const auto talker = talkers_.find(event.id);
    const trace::End self = body.heading.self.value_or(trace::End::client);
    if (talker != talkers_.end()) {
        const Talker& known = talker->second;
        ladder.decode_as(trace::other(self), payload_encoding(known.in_force(known.receive)));
        ladder.decode_as(self, payload_encoding(known.in_force(known.send)));
    }
    for (const trace::Row& row : body.rows) {
        for (const std::string& line : ladder.lines(row)) print(line);
    }
    if (body.over) ladders_.erase(body.ladder);
}

void Console::on(const model::Event& event, const model::Accounts& body) {
    note(tr_format("connection of {}", who_is(event.id)));
    for (const std::string& line : stats_lines(body.samples, body.apart, {.width = options_.columns})) print(line);
}

}  // namespace earshot::view
