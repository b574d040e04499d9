#include "app/places.h"

#include <new>
#include <utility>

#include "base/i18n.h"

namespace earshot::app {

// Where two shards let somebody in at the same moment and there is one place.
Error Places::none_for(const net::Endpoint& peer) const {
    return {Reason::limit,
            tr_format("{} was not let in: {} callers are here already (--max-clients)", peer.text(), taken())};
}

Status ShardPlaces::adopt(std::unique_ptr<net::Connection>& caller) {
    if (!places_.take()) return places_.none_for(caller->peer());
    ++taken_;
    try {
        shard_.adopt(std::move(caller));
    } catch (const std::bad_alloc&) {
        recount();
        throw;
    }
    return Ok{};
}

void ShardPlaces::recount() {
    places_.free(taken_ - shard_.callers());
    taken_ = shard_.callers();
}

}  // namespace earshot::app
