// What answers a conversation's messages by itself: echo, broadcast and what comes later. Event-driven; it never waits.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "talk/inbox.h"

namespace earshot::talk {

class Session;

// An interface because which one answers is chosen at run time. All calls come on the shard's thread; a call may send
// to, pause, half-close or close any session of the shard.
class Responder {
  public:
    virtual ~Responder() = default;
    virtual void opened(Session& session) { static_cast<void>(session); }
    // What one read gave, before it is cut into messages: for who passes bytes on and does not wait for a message's
    // end. `bytes` lie in the read buffer and are gone after the call.
    virtual void received(Session& session, ByteView bytes) {
        static_cast<void>(session);
        static_cast<void>(bytes);
    }
    // False: message() is never called, messages are cut for views alone, and one who pauses a conversation does not
    // hold back what is to be shown of it. Asked once a session.
    virtual bool takes_messages() const { return true; }
    // `message` lies in the input buffer and is gone after the call.
    virtual void message(Session& session, const Received& message) = 0;
    // Every message of what came at once has been given to message(): for who gathers answers.
    virtual void messages_done(Session& session) { static_cast<void>(session); }
    // Bytes of a message that it may have a use for: a longer one is malformed for its callers, so that nobody makes us
    // keep what is refused when it has come. Asked when it begins to answer, and where the framing changes.
    virtual ByteCount longest_message() const { return frame::kLargestMessage; }
    // Whether messages come with their text. Asked once a session.
    virtual bool wants_text() const { return false; }
    // Where it wants text: what of a payload is text. What is given back lives until the next call.
    virtual ByteView text_bytes(const Session& session, ByteView payload) {
        static_cast<void>(session);
        return payload;
    }
    // A command has changed what text to him is encoded in, or how his lines end.
    virtual void sending_changed(Session& session) { static_cast<void>(session); }
    // A command says `text` to these callers, who are `all` there are where it was meant for everybody. A responder
    // that has its own way of saying it gives back the bytes that it queued for them.
    virtual std::optional<ByteCount> speak(std::span<Session* const> to, bool all, std::string_view text) {
        static_cast<void>(to), static_cast<void>(all), static_cast<void>(text);
        return std::nullopt;
    }
    // Whether speak() has its own way: then nothing that a command says is refused for want of a character.
    virtual bool speaks() const { return false; }
    // The peer's FIN. All it sent has been given to message() before.
    virtual void half_closed(Session& session) = 0;
    // What was queued has left, after the session had been above its high-water mark.
    virtual void drained(Session& session) { static_cast<void>(session); }
    virtual void closed(Session& session) { static_cast<void>(session); }
    // Memory is short, and he has most of it: of what it keeps for him (Session::note_kept) the whole messages that he
    // may miss are let go.
    struct GivenUp {
        std::uint64_t messages = 0;
        ByteCount bytes = 0;
    };
    virtual GivenUp give_up(Session& session) {
        static_cast<void>(session);
        return {};
    }
    // Somebody else answers the session from now on.
    virtual void left(Session& session) { closed(session); }
    // Whether it can answer so many more at once. Errors: limit, naming it.
    virtual Status room_for(std::size_t callers) const {
        static_cast<void>(callers);
        return Ok{};
    }
    // Nothing of it goes on that outlives its conversations.
    virtual bool is_idle() const { return true; }
    // What it was made from has changed: `argument`, what stands behind its name in --reply, is read again. Errors:
    // usage; all stays as it was.
    virtual Status reload(std::string_view argument) {
        static_cast<void>(argument);
        return Ok{};
    }
    // Makes the same responder of another shard be made from what this one is made from now; to be called on that one's
    // thread. Empty: it is made from nothing.
    virtual std::function<void(Responder&)> making() const { return {}; }
};

}  // namespace earshot::talk
