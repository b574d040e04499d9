#include "app/branches.h"

#include <utility>

#include "base/i18n.h"

namespace earshot::app {

namespace {

constexpr std::size_t kMostCommands = 1 << 20;  // bytes of commands on their way to other threads

std::size_t size_of(const model::Command& command) {
    std::size_t size = sizeof command;
    if (const auto* text = std::get_if<model::SendText>(&command.body)) size += text->text.size();
    if (const auto* bytes = std::get_if<model::SendBytes>(&command.body)) size += bytes->bytes.size();
    return size;
}

}  // namespace

Branches::Branches(net::Loop& loop, talk::Shard& first, Places& places, Making making)
    : loop_(loop),
      first_(first),
      making_(std::move(making)),
      neighbours_(std::make_shared<talk::Neighbours>(making_.threads)),
      commands_(std::make_shared<Credit>(kMostCommands, [&loop] { loop.post([] {}); })),
      crew_(loop, [this] { return bytes_moved(); }) {
    neighbours_->settle(0, first, [&loop](std::function<void()> work) { loop.post(std::move(work)); });
    loop.set_hand_on([&first] { first.hand_on(); });
    first.join(neighbours_, 0);
    for (std::size_t place = 1; place < making_.threads; ++place) {
        Branch::Surroundings around{
            loop, making_.sink, neighbours_, place, places, making_.memory, making_.on_turned_away, [this] {
                ++left_;
                if (have_left()) making_.on_left();
            }};
        branches_.push_back(
            std::make_unique<Branch>(loop.clock(), first.options(), making_.responder, std::move(around)));
        crew_.add(branches_.back()->loop());
    }
}

Status Branches::open(net::ReceptionOptions door, const std::vector<net::ListenOptions>& doors) {
    for (std::size_t i = 0; i < branches_.size(); ++i) {
        door.listen = doors[i];
        if (Status open = branches_[i]->open_door(door); !open) return open;
    }
    return crew_.begin();
}

void Branches::end() {
    crew_.end();
    loop_.set_hand_on({});
    neighbours_->close();
    making_.memory->close();
}

Branches::~Branches() { end(); }

std::uint64_t Branches::bytes_moved() const {
    const auto moved = [](const talk::Tally& tally) { return tally.received.value() + tally.sent.value(); };
    std::uint64_t all = moved(first_.tally());
    for (const auto& branch : branches_) all += moved(branch->shard().tally());
    return all;
}

void Branches::for_each(const std::function<void(Branch&)>& work) {
    for (const auto& branch : branches_) branch->post(work);
}

void Branches::make_anew(const talk::Responder& first) {
    const auto making = first.making();
    if (!making) return;
    for_each([making](Branch& branch) {
        if (branch.responder()) making(*branch.responder());
    });
}

void Branches::hold(bool hold) {
    for_each([hold](Branch& branch) { branch.hold(hold); });
}

void Branches::leave(bool at_once) {
    for_each([at_once](Branch& branch) { branch.leave(at_once); });
}

// Their doors stay as they are until they are told otherwise from here.
std::vector<net::PassedSocket> Branches::sockets() const {
    std::vector<net::PassedSocket> all;
    for (const auto& branch : branches_) {
        for (const net::PassedSocket& each : branch->reception().sockets()) all.push_back(each);
    }
    return all;
}

void Branches::hand_over() {
    for_each([](Branch& branch) { branch.hand_over(); });
}

void Branches::hurry() {
    for_each([](Branch& branch) { branch.hurry(); });
}

// --- commands

void Branches::carry_out(model::Command command) {
    if (command.id) {
        const std::size_t home = neighbours_->home_of(command.id);
        return home == 0 ? first_.carry_out(command) : send(home, std::move(command));
    }
    asked_ = Asked{std::move(command), false, 0, {}};
    ask(false);
}

void Branches::send(std::size_t home, model::Command command) {
    const std::size_t size = size_of(command);
    commands_->spend(size);
    branches_[home - 1]->post([command = std::move(command), size, credit = commands_](Branch& branch) {
        branch.shard().carry_out(command);
        credit->give_back(size);
    });
}

void Branches::ask(bool carries_out) {
    asked_->carries_out = carries_out;
    asked_->missing = branches_.size() + 1;
    asked_->sum = {};
    const auto answer = [command = asked_->command, carries_out](talk::Shard& shard) {
        return carries_out ? shard.carry_out_for_all(command) : shard.look_at(command);
    };
    for_each([this, answer](Branch& branch) {
        auto outcome = answer(branch.shard());
        branch.flush_events();  // what it has brought about is told before its answer
        loop_.post([this, outcome = std::move(outcome)] { answered(outcome); });
    });
    answered(answer(first_));
}

void Branches::answered(const talk::Shard::Outcome& outcome) {
    talk::Shard::Outcome& sum = asked_->sum;
    sum.addressees += outcome.addressees;
    sum.bytes += outcome.bytes;
    sum.conversations += outcome.conversations;
    if (outcome.error && (!sum.error || outcome.id < sum.id)) {
        sum.error = outcome.error;
        sum.id = outcome.id;
    } else if (outcome.addressees > 0 && !sum.error) {
        sum.id = outcome.id;
    }
    if (--asked_->missing > 0) return;
    conclude();
    if (!asked_) making_.on_answered();
}

void Branches::conclude() {
    const bool carried_out = asked_->carries_out;
    talk::Shard::Outcome& sum = asked_->sum;
    if (!carried_out && sum.addressees > 1 && asked_->command.all && !sum.error) return ask(true);
    const Asked asked = std::move(*asked_);
    asked_.reset();
    model::Command command = asked.command;
    if (carried_out) {
        const std::string ref = asked.sum.conversations > 0 ? std::exchange(command.ref, {}) : std::string();
        if (asked.sum.error) refuse(command, asked.sum.error->reason, asked.sum.error->message);
        if (ref.empty()) return;
        const SessionId only = asked.sum.conversations == 1 ? asked.sum.id : SessionId{};
        return first_.emit(only, ref, model::Sent{asked.sum.bytes, asked.sum.conversations});
    }
    if (asked.sum.addressees == 0) return refuse(command, Reason::usage, tr("nobody is connected"));
    if (asked.sum.addressees == 1) {
        command.id = asked.sum.id;
        return carry_out(std::move(command));
    }
    if (!command.all) {
        return refuse(command, Reason::usage, tr("several conversations are open: say which, by its id, or all"));
    }
    refuse(command, asked.sum.error->reason, asked.sum.error->message);
}

void Branches::refuse(const model::Command& command, Reason reason, std::string why) {
    first_.emit({}, command.ref, model::Fault{reason, std::move(why)});
}

}  // namespace earshot::app
