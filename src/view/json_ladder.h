// The ladders of all conversations in the JSON lines view: a heading, then a line a row (docs/json.md, "ladder").
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/event.h"
#include "view/ladder/json_rows.h"

namespace earshot::view {

class JsonLadders {
  public:
    // Appends whole lines. A ladder told again begins with its heading again.
    void append(std::string& out, SessionId id, const model::Traced& rows);
    // Payloads from here on.
    void decode_as(SessionId id, model::Direction direction, const std::string& encoding);

  private:
    struct Ladder {
        SessionId id;
        JsonRows rows;
        trace::End self;
    };
    std::map<std::uint32_t, Ladder> ladders_;  // by model::Traced::ladder
};

}  // namespace earshot::view
