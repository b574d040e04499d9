// The ladders of all conversations in the JSON lines view: a heading, then a line a row (docs/json.md, "ladder").
#pragma once

#include <map>
#include <string>
#include <utility>

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
        JsonRows rows;
        trace::End self;
    };
    using Key = std::pair<SessionId, std::string>;  // the conversation, and the peer it is with
    std::map<Key, Ladder> ladders_;
};

}  // namespace earshot::view
