#include "respond/rules.h"

#include <utility>

#include "base/i18n.h"
#include "respond/rules/parse.h"
#include "talk/shard.h"
#include "text/safe.h"

namespace earshot::respond {

namespace {

constexpr std::size_t kGathered = 16UL * 1024;  // bytes of answers to what came at once that go into his queue together
constexpr std::size_t kMostDevices = 100'000;   // names; those that are away are forgotten first

inline rules::Who who_is(const talk::Session& session) {
    const text::Encoding* const utf8 = &text::utf8();
    const text::Encoding *const receive = session.receive_encoding(), *const send = session.send_encoding();
    return {session.id().value, receive == utf8 ? nullptr : receive, send == utf8 ? nullptr : send};
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

inline Rules::Kept* Rules::find(SessionId id) {
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

void Rules::answer(talk::Session& session) {
    if (outcome_.send.empty()) return;
    session.send(outcome_.send.view());
    outcome_.send.clear();
}

void Rules::carry_out(talk::Session& session, Kept* kept) {
    answer(session);
    if (kept || !outcome_.only_sends()) carry_out_rest(session, kept);
}

void Rules::opened(talk::Session& session) {
    rules::Engine& by = engine(session);
    Kept* const kept = by.rules().keeps_state ? &keep(session) : nullptr;
    outcome_.clear();
    by.opened(kept ? kept->caller : nobody_, who_is(session), outcome_);
    carry_out(session, kept);
}

void Rules::message(talk::Session& session, const talk::Received& message) {
    if (gathering_ != &session) begin_gathering(session);
    Kept* const kept = find(session.id());
    engine_->message(kept ? kept->caller : nobody_, who_is(session), message.payload(), outcome_);
    if (!kept && outcome_.only_sends()) {
        if (outcome_.send.size() < kGathered) return;
        answer(session);
    } else {
        carry_out(session, kept);
        outcome_.clear();
    }
    if (session.is_above_high_water()) session.pause_reading();
}

void Rules::begin_gathering(talk::Session& session) {
    static_cast<void>(engine(session));
    outcome_.clear();
    gathering_ = &session;
}

void Rules::messages_done(talk::Session& session) {
    if (std::exchange(gathering_, nullptr) != &session) return;
    if (!outcome_.send.empty()) session.pass(outcome_.send.view());  // nothing comes behind it
    outcome_.send.clear();
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
    if (gathering_ == &session) gathering_ = nullptr;
    const auto found = kept_.find(session.id());
    if (found == kept_.end()) return;
    release_name(*found->second);
    kept_.erase(found);
}

Rules::GivenUp Rules::give_up(talk::Session& session) {
    Kept* const kept = find(session.id());
    if (!kept) return {};
    const rules::Engine::GivenUp given_up = rules::Engine::give_up(kept->caller);
    session.note_kept(kept->caller.waiting_size);
    if (kept->finishing) kept->arm(session.shard().clock().now());  // he may have waited for them alone
    return {given_up.answers, given_up.bytes};
}

void Rules::tick(Kept& kept) {
    talk::Session& session = kept.session();
    outcome_.clear();
    engine_->tick(kept.caller, who_is(session), session.is_above_high_water(), outcome_);
    outcome_.close(kept.finishing && kept.caller.waiting.empty());
    carry_out(session, &kept);
}

// Ends come last: they may bury the caller and bring about calls to this object.
void Rules::carry_out_rest(talk::Session& session, Kept* kept) {
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
    if (kept) {
        kept->arm(engine_->next_due(kept->caller));
        session.note_kept(kept->caller.waiting_size);
    }
    if (timed_out) {
        session.close(Reason::timeout, *timed_out);
    } else if (closes) {
        session.close(Reason::closed, "");
    }
    if (replaced) send_away(replaced, device);
}

// --- devices

Rules& Rules::of(talk::Shard& shard) { return static_cast<Rules&>(*shard.responder()); }

// The newest caller of a name has it. Gives whoever had it before, where that is known at once.
SessionId Rules::name(Kept& kept) {
    const SessionId id = kept.session().id();
    release_name(kept);
    kept.name = kept.caller.device;
    if (!has_list()) {
        shard_->mail()->write(0, kept.name.size(), [name = kept.name, id](talk::Shard& first, const auto&) {
            take_name_from_afar(first, name, id);
        });
        return {};
    }
    SessionId before{};
    const Device& device = take_name(kept.name, id, before);
    shard_->emit(id, "", model::DeviceNamed{kept.name, device.calls, before});
    return before;
}

Rules::Device& Rules::take_name(const std::string& name, SessionId id, SessionId& before) {
    if (devices_.size() >= forgets_at_) {
        std::erase_if(devices_, [](const auto& each) { return !each.second.now; });
        forgets_at_ = std::max(kMostDevices, 2 * devices_.size());  // all may be here: not for each new one
    }
    Device& device = devices_[name];
    before = std::exchange(device.now, id);
    ++device.calls;
    return device;
}

void Rules::take_name_from_afar(talk::Shard& first, const std::string& name, SessionId id) {
    Rules& list = of(first);
    list.shard_ = &first;
    SessionId before{};
    const std::uint64_t calls = list.take_name(name, id, before).calls;
    first.mail()->write(first.mail()->neighbours().home_of(id), name.size(),
                        [name, id, calls, before](talk::Shard& there, const auto&) {
                            if (there.find(id)) there.emit(id, "", model::DeviceNamed{name, calls, before});
                        });
    if (before) list.send_away(before, name);
}

void Rules::release_name(const Kept& kept) {
    if (kept.name.empty()) return;
    const SessionId id = kept.session().id();
    if (has_list()) return release_name(kept.name, id);
    shard_->mail()->write(0, kept.name.size(), [name = kept.name, id](talk::Shard& first, const auto&) {
        of(first).release_name(name, id);
    });
}

void Rules::release_name(const std::string& name, SessionId id) {
    const auto device = devices_.find(name);
    if (device != devices_.end() && device->second.now == id) device->second.now = {};
}

void Rules::send_away(SessionId id, const std::string& device) {
    talk::Mail* const mail = shard_->mail();
    if (mail && mail->neighbours().home_of(id) != mail->place()) {
        return mail->write(mail->neighbours().home_of(id), device.size(),
                           [id, device](talk::Shard& there, const auto&) {
                               if (there.find(id)) of(there).send_away(id, device);
                           });
    }
    talk::Session* const session = shard_->find(id);
    if (!session || !engine_) return;
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
    if (!set) return Error{set.error().reason, tr_format("{}; the rules in force stay", set.error().message)};
    set_rules(std::string(argument), std::move(*set));
    return Ok{};
}

std::function<void(talk::Responder&)> Rules::making() const {
    return [path = path_, set = set_](talk::Responder& other) { static_cast<Rules&>(other).set_rules(path, set); };
}

void Rules::set_rules(std::string path, std::shared_ptr<const rules::RuleSet> set) {
    path_ = std::move(path);
    set_ = std::move(set);
    if (!engine_) return;
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
}

}  // namespace earshot::respond
