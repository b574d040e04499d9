// The replies that are in force: what answers all callers, and what a command has given to some of them. It owns what
// it makes; who answers nobody any more goes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "respond/means.h"
#include "talk/responder.h"
#include "talk/shard.h"

namespace earshot::respond {

// Outlives the shard.
class Repertoire {
  public:
    // `first`: what answers from the beginning, made from `reply`; null: nobody.
    Repertoire(const Means& means, std::string reply, std::unique_ptr<talk::Responder> first);

    talk::Responder* for_all() const { return entries_.front().responder.get(); }
    const std::string& reply_for_all() const { return entries_.front().reply; }

    // From now on `caller` is answered as `reply` says, as in --reply; none: all are, and who comes. Where all are to
    // be answered by another file of the reply in force, it reads that and knows what it knew. Errors: usage; all stays
    // as it was.
    Status answer(talk::Shard& shard, SessionId caller, std::string_view reply);
    // What the replies were made from is read again. True: there was something to read. Errors: as above.
    Result<bool> reload();

  private:
    struct Entry {
        std::string reply;
        std::unique_ptr<talk::Responder> responder;
    };
    Result<std::size_t> entry_for(std::string_view reply);
    Status answer_one(talk::Shard& shard, SessionId caller, std::string_view reply);
    // Callers whom somebody else answers.
    static std::vector<talk::Session*> answered_otherwise(talk::Shard& shard, const talk::Responder* responder);
    void drop_unused(talk::Shard& shard);

    const Means& means_;
    std::vector<Entry> entries_;  // the first is for all
};

}  // namespace earshot::respond
