#include "respond/rules.h"

#include <utility>

#include "base/i18n.h"
#include "respond/rules/parse.h"
#include "talk/shard.h"
#include "text/safe.h"

namespace earshot::respond {

namespace {

constexpr std::size_t kMostDevices = 100'000;  // names; those that are away are forgotten first

rules::Who who_is(const talk::Session& session) {
    return {session.id().value, session.receive_encoding(), session.send_encoding()};
}

}  // namespace

// What is remembered of a caller, and the one timer that he has.
class Rules::Kept final : public Timer {
  public:
    Kept(Rules& rules, talk::Session& session) : session_(session), rules_(rules) {
        caller.peer = session.connection() ? session.connection()->peer().text() : "";
    }
    talk::Session& session() const { return session_; }
    void arm(std::optional<SteadyTime> due) {
        if (due && (!is_set() || *due < deadline())) session_.shard().timers().set(*this, *due);
    }

    rules::Caller caller;
    std::string name;        // under which it stands among the devices
    bool finishing = false;  // his FIN has come; ours goes when nothing waits for him

  private:
    void on_timer() override { rules_.tick(*this); }
    talk::Session& session_;
    Rules& rules_;
};

Result<std::unique_ptr<talk::Responder>> Rules::open(std::string_view path) {
    auto set = rules::read_rules(std::string(path));
    if (!set) return set.error();
    return std::unique_ptr<talk::Responder>(std::make_unique<Rules>(std::string(path), std::move(*set)));
}

Rules::Rules(std::string path, std::shared_ptr<const rules::RuleSet> set)
    : path_(std::move(path)), set_(std::move(set)) {}

Rules::~Rules() = default;

rules::Engine& Rules::engine(talk::Session& session) {
    if (!engine_) {
        shard_ = &session.shard();
        engine_ = std::make_unique<rules::Engine>(set_, shard_->clock());
    }
    return *engine_;
}

Rules::Kept* Rules::find(SessionId id) {
    if (kept_.empty()) return nullptr;
    const auto found = kept_.find(id);
    return found == kept_.end() ? nullptr : found->second.get();
}

Rules::Kept& Rules::keep(talk::Session& session) {
    auto& kept = kept_[session.id()];
    if (!kept) kept = std::make_unique<Kept>(*this, session);
    return *kept;
}

// --- what happens to a caller

void Rules::opened(talk::Session& session) {
    rules::Engine& by = engine(session);
    Kept* const kept = by.rules().keeps_state ? &keep(session) : nullptr;
    outcome_.clear();
    by.opened(kept ? kept->caller : nobody_, who_is(session), outcome_);
    carry_out(session, kept);
}

void Rules::message(talk::Session& session, const talk::Received& message) {
    Kept* const kept = find(session.id());
    outcome_.clear();
    engine(session).message(kept ? kept->caller : nobody_, who_is(session), message.payload(), outcome_);
    carry_out(session, kept);
    if (session.is_above_high_water()) session.pause_reading();
}

void Rules::half_closed(talk::Session& session) {
    Kept* const kept = find(session.id());
    if (kept && !kept->caller.waiting.empty()) {
        kept->finishing = true;
    } else {
        session.close(Reason::closed, "");
    }
}

void Rules::drained(talk::Session& session) { session.resume_reading(); }

void Rules::closed(talk::Session& session) {
    const auto found = kept_.find(session.id());
    if (found == kept_.end()) return;
    release_name(*found->second);
    kept_.erase(found);
}

void Rules::tick(Kept& kept) {
    talk::Session& session = kept.session();
    outcome_.clear();
    engine_->tick(kept.caller, who_is(session), session.is_above_high_water(), outcome_);
    outcome_.closes |= kept.finishing && kept.caller.waiting.empty();
    carry_out(session, &kept);
}

// Ends come last: they may bury the caller and bring about calls to this object.
void Rules::carry_out(talk::Session& session, Kept* kept) {
    if (!outcome_.send.empty()) session.send(outcome_.send);
    if (!kept && outcome_.faults.empty() && !outcome_.closes) return;
    for (const std::size_t bytes : outcome_.dropped) session.note_dropped(bytes);
    for (std::string& fault : outcome_.faults) {
        session.shard().emit(session.id(), "", model::Fault{Reason::unencodable, std::move(fault)});
    }
    const bool closes = outcome_.closes;
    const std::optional<std::string> timed_out = std::exchange(outcome_.timed_out, std::nullopt);
    SessionId replaced{};
    std::string device;
    if (kept && outcome_.device) {
        replaced = name(*kept);
        device = kept->name;
    }
    if (kept) kept->arm(engine_->next_due(kept->caller));
    if (timed_out) {
        session.close(Reason::timeout, *timed_out);
    } else if (closes) {
        session.close(Reason::closed, "");
    }
    if (replaced) send_away(replaced, device);
}

// --- devices

// The newest caller of a name has it. Gives whoever had it before.
SessionId Rules::name(Kept& kept) {
    const SessionId id = kept.session().id();
    release_name(kept);
    kept.name = kept.caller.device;
    if (devices_.size() >= kMostDevices) std::erase_if(devices_, [](const auto& each) { return !each.second.now; });
    Device& device = devices_[kept.name];
    const SessionId before = std::exchange(device.now, id);
    ++device.calls;
    shard_->emit(id, "", model::DeviceNamed{kept.name, device.calls, before});
    return before;
}

void Rules::release_name(const Kept& kept) {
    const auto device = devices_.find(kept.name);
    if (device != devices_.end() && device->second.now == kept.session().id()) device->second.now = {};
}

void Rules::send_away(SessionId id, const std::string& device) {
    talk::Session* const session = shard_->find(id);
    if (!session) return;
    if (const auto& answer = engine_->rules().replaced) {
        std::vector<std::uint8_t> bytes;
        rules::Filling filling;
        filling.id = id.value;
        filling.device = device;
        filling.clock = &shard_->clock();
        filling.encoding = session->send_encoding();
        if (answer->render(filling, bytes)) session->send(bytes);
    }
    session->close(Reason::closed, tr_format("the device {} has called again", device));
}

// --- the file

Status Rules::reload(std::string_view argument) {
    auto set = rules::read_rules(std::string(argument));
    if (!set) return set.error();
    path_ = argument;
    set_ = std::move(*set);
    if (!engine_) return Ok{};
    engine_->set_rules(set_);
    if (set_->keeps_state) {
        shard_->for_each([this](talk::Session& session) {
            if (!session.has_ended()) keep(session);
        });
    }
    for (auto& [id, kept] : kept_) {
        engine_->adopt(kept->caller);
        kept->arm(engine_->next_due(kept->caller));
    }
    return Ok{};
}

}  // namespace earshot::respond
