#include "respond/broadcast.h"

namespace earshot::respond {

void Broadcast::opened(talk::Session& session) { callers_.join(session); }

void Broadcast::message(talk::Session& session, const talk::Received& message) {
    callers_.say(&session, message.bytes);
}

// He may go on listening; --on-fin close sends him away.
void Broadcast::half_closed(talk::Session&) {}

}  // namespace earshot::respond
