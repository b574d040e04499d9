#include "view/json_ladder.h"

#include "text/encoding.h"

namespace earshot::view {

void JsonLadders::append(std::string& out, SessionId id, const model::Traced& rows) {
    const trace::End self = rows.heading.self.value_or(trace::End::client);
    if (rows.again) ladders_.erase(rows.ladder);
    auto found = ladders_.find(rows.ladder);
    if (found == ladders_.end()) {
        LadderLook look;
        look.id = id.value;
        found = ladders_.emplace(rows.ladder, Ladder{id, JsonRows(look), self}).first;
        out += found->second.rows.begin(rows.heading);
    }
    for (const trace::Row& row : rows.rows) out += found->second.rows.row(row);
    if (rows.over) ladders_.erase(found);
}

void JsonLadders::decode_as(SessionId id, model::Direction direction, const std::string& encoding) {
    const text::Encoding* const row = payload_encoding(encoding);
    for (auto& [number, ladder] : ladders_) {
        if (ladder.id != id) continue;
        ladder.rows.decode_as(direction == model::Direction::in ? trace::other(ladder.self) : ladder.self, row);
    }
}

}  // namespace earshot::view
