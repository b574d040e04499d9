#include "app/input.h"

#include <sys/epoll.h>

namespace earshot::app {

namespace {
constexpr std::size_t kPiece = 64 * 1024;  // bytes read a turn, so that a fast writer does not starve the callers
}

Input::Input(net::Loop& loop, net::Stdio stdio, Handler handler)
    : loop_(loop), stdio_(std::move(stdio)), handler_(std::move(handler)) {}

Input::~Input() {
    *alive_ = false;
    pause();
}

void Input::start() {
    if (running_ || ended_) return;
    running_ = true;
    if (!unwatchable_ && stdio_.descriptor() >= 0 && loop_.add(stdio_.descriptor(), EPOLLIN, *this)) {
        watched_ = true;
        return;
    }
    unwatchable_ = true;
    read_later();
}

void Input::pause() {
    running_ = false;
    if (watched_) loop_.remove(stdio_.descriptor(), *this);
    watched_ = false;
}

void Input::read_later() {
    loop_.post([this, alive = alive_] {
        if (*alive && running_) read_once();
    });
}

void Input::on_events(std::uint32_t) { read_once(); }

void Input::read_once() {
    if (buffer_.empty()) buffer_.resize(kPiece);
    const net::IoResult result = stdio_.read_some(buffer_);
    if (result.status == net::IoStatus::ok) {
        handler_.on_bytes(ByteView(buffer_).first(result.bytes));
    } else if (result.status != net::IoStatus::would_block) {
        pause();
        ended_ = true;
        return handler_.on_end(result.status == net::IoStatus::failed ? &stdio_.error() : nullptr);
    }
    if (running_ && unwatchable_) read_later();
}

}  // namespace earshot::app
