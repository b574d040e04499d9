#include "respond/echo.h"

#include "talk/session.h"

namespace earshot::respond {

void Echo::message(talk::Session& session, const talk::Received& message) {
    // A question of its own is answered from where it lies; several are answered together.
    if (message.is_alone) {
        session.pass(message.bytes);
    } else {
        session.send(message.bytes);
    }
    if (session.is_above_high_water()) session.pause_reading();
}

void Echo::half_closed(talk::Session& session) { session.close(Reason::closed, ""); }

void Echo::drained(talk::Session& session) { session.resume_reading(); }

}  // namespace earshot::respond
