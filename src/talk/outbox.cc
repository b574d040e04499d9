#include "talk/outbox.h"

namespace earshot::talk {

Outbox::Flushed Outbox::flush(net::Connection& connection) {
    Flushed flushed;
    while (at_ < kept_.size()) {
        const ByteView piece = ByteView(kept_).subspan(at_);
        const net::IoResult result = connection.write_some({&piece, 1});
        if (result.status != net::IoStatus::ok) {
            flushed.status = result.status;
            // What is gone need not be kept while a slow reader is waited for.
            if (at_ > kept_.size() / 2) {
                kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(at_));
                at_ = 0;
            }
            return flushed;
        }
        at_ += result.bytes;
        flushed.bytes += result.bytes;
    }
    clear();
    return flushed;
}

void Outbox::clear() {
    at_ = 0;
    kept_ = {};
}

}  // namespace earshot::talk
