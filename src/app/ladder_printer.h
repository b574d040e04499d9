// Ladders for whoever has no console: lines as they happen, beside a pipe or a server. Stands in front of the run's own
// sink and passes everything on.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <vector>

#include "app/payload_encodings.h"
#include "app/running.h"
#include "model/event.h"
#include "view/ladder/text_ladder.h"

namespace earshot::app {

class LadderPrinter {
  public:
    LadderPrinter(const Run& run, std::FILE* lines);
    void print(SessionId id, const model::Traced& rows);

  private:
    struct Ladder {
        view::TextLadder text;
        view::PayloadEncodings encodings;
    };
    Ladder make(SessionId id, trace::End self) const;

    const Run& run_;
    std::FILE* lines_;
    std::vector<const text::Encoding*> candidates_;
    std::map<std::uint32_t, Ladder> ladders_;  // by model::Traced::ladder
    std::uint32_t shown_ = 0;
};

}  // namespace earshot::app
