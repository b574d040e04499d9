// What answers a conversation's messages by itself: echo, broadcast and what comes later. Event-driven; it never waits.
#pragma once

#include "base/ids.h"
#include "talk/inbox.h"

namespace earshot::talk {

class Session;

// An interface because which one answers is chosen at run time. All calls come on the shard's thread; a call may send
// to, pause, half-close or close any session of the shard.
class Responder {
  public:
    virtual ~Responder() = default;
    virtual void opened(Session& session) { static_cast<void>(session); }
    // `message` lies in the input buffer and is gone after the call.
    virtual void message(Session& session, const Received& message) = 0;
    // The peer's FIN. All it sent has been given to message() before.
    virtual void half_closed(Session& session) = 0;
    // What was queued has left, after the session had been above its high-water mark.
    virtual void drained(Session& session) { static_cast<void>(session); }
    virtual void closed(Session& session) { static_cast<void>(session); }
};

}  // namespace earshot::talk
