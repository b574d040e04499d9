// --reply relay:TARGET, and what `earshot tap` answers with: each caller is connected with a target, and what one of
// them sends the other gets, byte for byte, with its half-close or its reset.
//
// A caller and his leg to the target are two conversations of the shard, linked here by their numbers. He is not read
// before the target has answered; who is slow holds up the other's reading, so that no more than one read is ever kept.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "talk/caller.h"
#include "talk/responder.h"

namespace earshot::respond {

class Relay : public talk::Responder {
  public:
    // Whom to call for each caller, how his answers are read, and what is said to him is written in (commands may speak
    // to him as well).
    struct Target {
        net::CallOptions call;
        talk::TextChoice receive, send;
    };
    // Must outlive the shard's last conversation, and the loop the relay.
    Relay(net::Loop& loop, Target target);
    ~Relay() override;

    // Conversations with targets, and calls under way.
    std::size_t legs() const { return legs_; }

    void opened(talk::Session& session) override;
    void received(talk::Session& session, ByteView bytes) override;
    bool takes_messages() const override { return false; }
    void message(talk::Session&, const talk::Received&) override {}
    void half_closed(talk::Session& session) override;
    void drained(talk::Session& session) override;
    void closed(talk::Session& session) override;
    void left(talk::Session& session) override;
    bool is_idle() const override { return links_.empty(); }

  protected:
    // Gives the number under which the target's conversation will be adopted, or no_target() told. Virtual for tests
    // without sockets.
    virtual SessionId begin_call(talk::Session& caller);
    void no_target(talk::Shard& shard, SessionId caller, const Error& why);

  private:
    struct Link {
        SessionId partner{};  // none: no more
        bool is_leg = false;
        bool is_waiting = false;              // a caller whose target has not answered
        std::unique_ptr<talk::Caller> calls;  // while he waits
    };
    void call_for(talk::Session& caller);
    void leg_opened(talk::Session& leg, SessionId caller_id);
    talk::Session* partner_of(const talk::Session& session);

    net::Loop& loop_;
    Target target_;
    std::unordered_map<SessionId, Link> links_;
    std::size_t legs_ = 0;
};

}  // namespace earshot::respond
