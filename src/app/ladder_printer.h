// Ladders for whoever has no console: lines as they happen, beside a pipe or a server. Stands in front of the run's own
// sink and passes everything on.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "app/options.h"
#include "model/event.h"
#include "view/ladder/text_ladder.h"

namespace earshot::app {

class LadderPrinter {
  public:
    LadderPrinter(const Options& options, std::FILE* lines);
    void print(SessionId id, const model::Traced& rows);

  private:
    const Options& options_;
    std::FILE* lines_;
    std::map<std::string, std::unique_ptr<view::TextLadder>> ladders_;  // by number and peer
    std::string shown_;
};

}  // namespace earshot::app
