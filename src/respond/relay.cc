#include "respond/relay.h"

#include <utility>

#include "base/i18n.h"

namespace earshot::respond {

using talk::Session;
using talk::Shard;

Relay::Relay(net::Loop& loop, Target target) : loop_(loop), target_(std::move(target)) {}

Relay::~Relay() = default;

void Relay::opened(Session& session) {
    const auto known = links_.find(session.id());
    if (known != links_.end()) return leg_opened(session, known->second.partner);
    session.pause_reading(Session::Pause::partner);
    const SessionId leg = begin_call(session);
    Link& link = links_[session.id()];
    link.partner = leg;
    link.is_waiting = true;
    links_[leg] = Link{session.id(), true, false, nullptr};
    ++legs_;
}

SessionId Relay::begin_call(Session& caller) {
    Shard& shard = caller.shard();
    const SessionId id = caller.id();
    auto call = std::make_unique<talk::Caller>(loop_, shard, target_.call, std::nullopt);
    call->set_partner(id);
    call->set_on_failed([this, &shard, id](const Error& why) { no_target(shard, id, why); });
    call->call();
    return (links_[id].calls = std::move(call))->id();
}

void Relay::leg_opened(Session& leg, SessionId caller_id) {
    static_cast<void>(leg.set_receive(target_.receive));  // neither fails
    static_cast<void>(leg.set_send(target_.send));
    Link& link = links_.at(caller_id);
    link.is_waiting = false;
    const auto done = std::move(link.calls);  // on the stack still, and done with this
    Session* const caller = leg.shard().find(caller_id);
    if (!caller || !caller->may_send()) return leg.close(Reason::closed, "");  // he is being closed
    if (caller->peer_has_ended()) leg.half_close();
    caller->resume_reading(Session::Pause::partner);
}

void Relay::no_target(Shard& shard, SessionId id, const Error& why) {
    const auto found = links_.find(id);
    const auto done = std::move(found->second.calls);
    links_.erase(found->second.partner);
    links_.erase(found);
    --legs_;
    Session* const caller = shard.find(id);
    if (!caller) return;
    const std::string who = caller->connection()->peer().text();
    shard.emit(id, "",
               model::Fault{why.reason, tr_format("{} is reset, for it cannot be passed on: {}", who, why.message)});
    caller->reset(why.reason, tr("the target did not answer"));
}

Session* Relay::partner_of(const Session& session) {
    const auto link = links_.find(session.id());
    return link == links_.end() ? nullptr : session.shard().find(link->second.partner);
}

// The target has no more to do with him.
void Relay::left(Session& session) {
    const auto link = links_.find(session.id());
    if (link == links_.end()) return;
    Session* const partner = partner_of(session);
    closed(session);
    if (partner) partner->close(Reason::closed, "");
    session.resume_reading(Session::Pause::partner);
}

// What cannot be passed on is not taken in silence: its sender learns of it as TCP would tell him.
void Relay::received(Session& session, ByteView bytes) {
    Session* const partner = partner_of(session);
    if (!partner || !partner->may_send()) {
        return session.reset(Reason::reset, tr_format("{} bytes could not be passed on", bytes.size()));
    }
    if (!partner->pass(bytes)) session.pause_reading();
}

void Relay::half_closed(Session& session) {
    if (Session* const partner = partner_of(session)) partner->half_close();
}

void Relay::drained(Session& session) {
    if (Session* const partner = partner_of(session)) partner->resume_reading();
}

void Relay::closed(Session& session) {
    const auto found = links_.find(session.id());
    if (found == links_.end()) return;
    Link link = std::move(found->second);
    links_.erase(found);
    if (link.is_leg) --legs_;
    if (link.is_waiting) {  // nobody to call for any more
        if (link.calls) link.calls->stop();
        --legs_;
        links_.erase(link.partner);
        return;
    }
    const auto other = links_.find(link.partner);
    if (other == links_.end()) return;
    other->second.partner = {};
    Session* const partner = session.shard().find(link.partner);
    if (!partner) return;
    if (session.was_broken()) {
        partner->reset_when_sent(Reason::reset, tr("the other end was reset"));
    } else if (session.peer_has_ended()) {
        partner->resume_reading();  // he has had his FIN; what he still says nobody hears, and he is told
    } else {
        partner->close(Reason::closed, "");
    }
}

}  // namespace earshot::respond
