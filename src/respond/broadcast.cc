#include "respond/broadcast.h"

#include "talk/shard.h"

namespace earshot::respond {

void Broadcast::message(talk::Session& session, const talk::Received& message) {
    session.shard().for_each([&](talk::Session& other) {
        if (&other == &session || !other.may_send()) return;
        if (other.is_above_high_water()) {
            other.note_dropped(message.bytes.size());
        } else {
            other.send(message.bytes);
        }
    });
}

// He may go on listening; --on-fin close sends him away.
void Broadcast::half_closed(talk::Session&) {}

}  // namespace earshot::respond
