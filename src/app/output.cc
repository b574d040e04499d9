#include "app/output.h"

#include <sys/epoll.h>

namespace earshot::app {

Output::Output(net::Loop& loop, net::Stdio stdio, Handler handler)
    : loop_(loop), stdio_(std::move(stdio)), handler_(std::move(handler)) {}

Output::~Output() { watch(false); }

void Output::flush() {
    if (gone_) {
        waiting_.clear();
        at_ = 0;
        return;
    }
    while (at_ < waiting_.size()) {
        const net::IoResult result = stdio_.write_some(as_bytes(std::string_view(waiting_).substr(at_)));
        if (result.status == net::IoStatus::would_block) break;
        if (result.status != net::IoStatus::ok) {
            gone_ = true;
            watch(false);
            return handler_.on_gone(result.status == net::IoStatus::failed ? &stdio_.error() : nullptr);
        }
        at_ += result.bytes;
    }
    if (at_ == waiting_.size()) {
        waiting_.clear();
        if (waiting_.capacity() > kHighWater) waiting_.shrink_to_fit();
        at_ = 0;
    } else if (at_ > waiting_.size() / 2) {
        waiting_.erase(0, at_);
        at_ = 0;
    }
    watch(at_ < waiting_.size());
}

void Output::watch(bool on) {
    if (on == watched_) return;
    watched_ = on;
    if (!on) {
        loop_.remove(stdio_.descriptor(), *this);
    } else if (!loop_.add(stdio_.descriptor(), EPOLLOUT, *this)) {
        watched_ = false;  // a file: it never says would_block
    }
}

void Output::on_events(std::uint32_t) { flush(); }

}  // namespace earshot::app
