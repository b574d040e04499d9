// --reply rules:FILE: a listener that answers by the rules of a file, greets, keeps time and knows devices by name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "base/result.h"
#include "respond/rules/engine.h"
#include "talk/responder.h"
#include "talk/shard.h"

namespace earshot::respond {

// The sessions' half: the Engine decides, this sends, closes, sets the timers and knows which device is where. Callers
// are remembered only where the rules need it. Back-pressure: a caller who does not read his answers is not read
// either. Each shard has its own; which device is where the first one knows, who is asked by letters.
class Rules final : public talk::Responder {
  public:
    // Errors: usage, what is wrong with the file and where.
    static Result<std::unique_ptr<talk::Responder>> open(std::string_view path);

    explicit Rules(std::string path, std::shared_ptr<const rules::RuleSet> set);
    ~Rules() override;

    void opened(talk::Session& session) override;
    void message(talk::Session& session, const talk::Received& message) override;
    void messages_done(talk::Session& session) override;
    void half_closed(talk::Session& session) override;
    void drained(talk::Session& session) override;
    void closed(talk::Session& session) override;
    GivenUp give_up(talk::Session& session) override;
    // The rules in force stay where the file is wrong.
    Status reload(std::string_view argument) override;
    std::function<void(talk::Responder&)> making() const override;

  private:
    // Names; those that are away are forgotten first.
    static constexpr std::size_t kMostDevices = 100'000;
    class Kept;
    struct Device {
        SessionId now{};          // none: it is away
        std::uint64_t calls = 0;  // how often it has come
    };

    rules::Engine& engine(talk::Session& session);
    Kept* find(SessionId id);
    Kept& keep(talk::Session& session);
    void tick(Kept& kept);
    void begin_gathering(talk::Session& session);
    void answer(talk::Session& session);
    void carry_out(talk::Session& session, Kept* kept);
    void carry_out_rest(talk::Session& session, Kept* kept);
    void set_rules(std::string path, std::shared_ptr<const rules::RuleSet> set);
    static Rules& of(talk::Shard& shard);
    SessionId name(Kept& kept);
    void release_name(const Kept& kept);
    // The list of devices is the first shard's.
    bool has_list() const { return !shard_->mail() || shard_->mail()->place() == 0; }
    Device& take_name(const std::string& name, SessionId id, SessionId& before);
    static void take_name_from_afar(talk::Shard& first, const std::string& name, SessionId id);
    void release_name(const std::string& name, SessionId id);
    void send_away(SessionId id, const std::string& device);

    std::string path_;
    std::shared_ptr<const rules::RuleSet> set_;  // until the first caller gives the clock
    std::unique_ptr<rules::Engine> engine_;
    talk::Shard* shard_ = nullptr;
    std::unordered_map<SessionId, std::unique_ptr<Kept>> kept_;
    std::unordered_map<std::string, Device> devices_;
    std::size_t forgets_at_ = kMostDevices;
    rules::Outcome outcome_;  // kept between calls so that a message costs no allocation
    // Whose answers are being gathered in outcome_; what anybody else has left there, ended in between, is void.
    const talk::Session* gathering_ = nullptr;
    rules::Caller nobody_;  // stands for callers who are not remembered
};

}  // namespace earshot::respond
