#include "app/branch.h"

#include <utility>

#include "base/i18n.h"

namespace earshot::app {

Branch::Branch(const Clock& clock, talk::SessionOptions session, const MakeResponder& make_responder,
               Surroundings surroundings)
    : loop_(clock),
      around_(std::move(surroundings)),
      responder_(make_responder(loop_)),
      courier_(around_.sink ? std::make_unique<Courier>(loop_, around_.first, *around_.sink,
                                                        [this](bool full) { set_held(kByCourier, full); })
                            : nullptr),
      shard_(loop_.timers(), loop_.clock(), std::move(session), courier_.get(),
             responder_ ? responder_->get() : nullptr) {
    around_.neighbours->settle(around_.place, shard_,
                               [this](std::function<void()> work) { loop_.post(std::move(work)); });
    shard_.join(around_.neighbours, around_.place);
    shard_.share(around_.memory, [this] { loop_.post([] {}); });
    shard_.set_on_ended([this](SessionId, Reason) { own_places_.recount(); });
    loop_.set_hand_on([this] { shard_.hand_on(); });
    loop_.set_after_batch([this] { finish_batch(); });
}

Status Branch::open_door(net::ReceptionOptions options) {
    if (!responder_) return responder_.error();
    auto reception = net::Reception::open(loop_, std::move(options), *this);
    if (!reception) return reception.error();
    reception_ = std::move(*reception);
    return Ok{};
}

void Branch::post(std::function<void(Branch&)> work) {
    loop_.post([this, work = std::move(work)] { work(*this); });
}

void Branch::on_turned_away(const net::Endpoint& peer, const Error& error, std::uint64_t callers) {
    around_.first.post([this, peer, error, callers] { around_.on_turned_away(peer, error, callers); });
}

void Branch::set_held(unsigned by, bool hold) {
    held_ = hold ? held_ | by : held_ & ~by;
    shard_.hold_reading(held_ != 0);
    if (leaving_) return;
    held_ != 0 ? reception_->pause() : reception_->resume();
}

std::string Branch::not_ready() const {
    const char* const obstacle = leaving_ ? nullptr : reception_->obstacle();
    return obstacle ? obstacle : "";
}

void Branch::leave(bool at_once) {
    leaving_ = true;
    reception_->close();
    if (at_once) {
        shard_.reset_all(Reason::cancelled, tr("ended at once"));
    } else {
        shard_.close_all(Reason::closed, "");
    }
}

void Branch::hand_over() {
    leaving_ = true;
    reception_->hand_over();
}

bool Branch::has_nothing_left() {
    if (shard_.is_empty()) return !reception_->has_handshakes();
    if (!hasty_) return false;
    bool queued = false;
    shard_.for_each([&](const talk::Session& session) { queued |= session.queued() > 0; });
    return !queued;
}

void Branch::flush_events() {
    if (courier_) courier_->flush();
}

void Branch::finish_batch() {
    shard_.finish_batch();
    flush_events();
    if (!leaving_ || left_ || !has_nothing_left()) return;
    left_ = true;
    around_.first.post([this] { around_.on_left(); });
}

}  // namespace earshot::app
