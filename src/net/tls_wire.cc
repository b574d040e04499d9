#include "net/tls_wire.h"

#include <openssl/bio.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace earshot::net {

namespace {
constexpr std::size_t kGreeting = 64;
// So much may wait before the next record is refused. A peer that demands answers (KeyUpdate) and never reads is held
// to this and one record.
constexpr std::size_t kMaxWaiting = 4096;
constexpr std::size_t kRecordHeader = 5;
}  // namespace

TlsWire::Turn::Turn(TlsWire& wire) : wire_(wire) {
    EARSHOT_CHECK(!wire_.room_);
    wire_.room_ = room_.data();
    wire_.room_at_ = wire_.room_end_ = 0;
}

TlsWire::Turn::~Turn() {
    if (wire_.room_at_ < wire_.room_end_) {
        EARSHOT_CHECK(wire_.kept_.empty());
        wire_.kept_.assign(room_.data() + wire_.room_at_, room_.data() + wire_.room_end_);
        wire_.kept_at_ = 0;
    }
    wire_.room_ = nullptr;
}

TlsWire::Step TlsWire::fill() {
    if (drained_) return Step::blocked;
    EARSHOT_CHECK(room_);
    constexpr std::size_t kRoom = Turn::kRoom;
    ssize_t got = 0;
    do got = ::recv(descriptor_.get(), room_, kRoom, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        drained_ = errno == EAGAIN || errno == EWOULDBLOCK;
        if (drained_) return Step::blocked;
        error_ = errno;
        return Step::failed;
    }
    if (got == 0) {
        end_ = true;
        return Step::end;
    }
    room_at_ = 0;
    room_end_ = static_cast<std::size_t>(got);
    drained_ = room_end_ < kRoom;
    if (keeps_greeting_ && greeting_.size() < kGreeting) {
        const std::size_t wanted = std::min(room_end_, kGreeting - greeting_.size());
        greeting_.append(reinterpret_cast<const char*>(room_), wanted);
    }
    return Step::moved;
}

TlsWire::Step TlsWire::receive(MutableByteView into, std::size_t& count) {
    if (kept_at_ < kept_.size()) {
        count = std::min(into.size(), kept_.size() - kept_at_);
        std::memcpy(into.data(), kept_.data() + kept_at_, count);
        kept_at_ += count;
        if (kept_at_ == kept_.size()) {
            std::vector<std::uint8_t>().swap(kept_);
            kept_at_ = 0;
        }
        return Step::moved;
    }
    if (room_at_ == room_end_) {
        if (const Step step = fill(); step != Step::moved) return step;
    }
    count = std::min(into.size(), room_end_ - room_at_);
    std::memcpy(into.data(), room_ + room_at_, count);
    room_at_ += count;
    return Step::moved;
}

bool TlsWire::has_record() const {
    // TLS takes all it can get, so what is kept begins with a record's header.
    const std::size_t size = kept_.size() - kept_at_;
    if (size < kRecordHeader) return false;
    const std::uint8_t* header = kept_.data() + kept_at_;
    return size >= kRecordHeader + (static_cast<std::size_t>(header[3]) << 8U | header[4]);
}

bool TlsWire::flush() {
    while (has_unsent() && error_ == 0) {
        const ssize_t sent = ::send(descriptor_.get(), unsent_.data() + unsent_at_, unsent(), MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
            error_ = errno;
            return false;
        }
        unsent_at_ += static_cast<std::size_t>(sent);
    }
    if (error_ != 0) return false;
    std::vector<std::uint8_t>().swap(unsent_);
    unsent_at_ = 0;
    return true;
}

TlsWire::Step TlsWire::send(ByteView bytes) {
    if (has_unsent() && !flush()) {
        if (error_ != 0) return Step::failed;
        if (unsent() > kMaxWaiting) return Step::blocked;
        unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
        return Step::moved;
    }
    ssize_t sent = 0;
    do sent = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
        error_ = errno;
        return Step::failed;
    }
    const auto taken = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    if (taken < bytes.size()) unsent_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(taken), bytes.end());
    return Step::moved;
}

void TlsWire::close_gently() {
    if (error_ == 0 && descriptor_) {
        flush();
        ::shutdown(descriptor_.get(), SHUT_WR);
        std::array<std::uint8_t, 4096> away;
        for (int i = 0; i < 16 && ::recv(descriptor_.get(), away.data(), away.size(), MSG_DONTWAIT) > 0; ++i) {
        }
    }
    descriptor_.reset();
}

void TlsWire::reset() {
    if (!descriptor_) return;
    const linger now{1, 0};
    ::setsockopt(descriptor_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    descriptor_.reset();
}

// OpenSSL's side of the wire: plain functions, found by a BIO_METHOD.
struct WireBio {
    static TlsWire& wire_of(BIO* bio) { return *static_cast<TlsWire*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* into, std::size_t size, std::size_t* count) {
        TlsWire& wire = wire_of(bio);
        BIO_clear_retry_flags(bio);
        *count = 0;
        const auto step = wire.receive({reinterpret_cast<std::uint8_t*>(into), size}, *count);
        if (step == TlsWire::Step::moved) return 1;
        if (step == TlsWire::Step::blocked) BIO_set_retry_read(bio);
        return 0;
    }

    static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* count) {
        BIO_clear_retry_flags(bio);
        const auto step = wire_of(bio).send({reinterpret_cast<const std::uint8_t*>(bytes), size});
        *count = step == TlsWire::Step::moved ? size : 0;
        if (step == TlsWire::Step::moved) return 1;
        if (step == TlsWire::Step::blocked) BIO_set_retry_write(bio);
        return 0;
    }

    static long control(BIO* bio, int command, long, void*) {
        if (command == BIO_CTRL_FLUSH) return 1;
        return command == BIO_CTRL_EOF && wire_of(bio).saw_end() ? 1 : 0;
    }
};

bio_method_st* make_wire_method() {
    // No type number of its own: OpenSSL has few to give, and nobody asks this one.
    BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "earshot");
    if (!method) return nullptr;
    BIO_meth_set_read_ex(method, WireBio::read);
    BIO_meth_set_write_ex(method, WireBio::write);
    BIO_meth_set_ctrl(method, WireBio::control);
    return method;
}

void free_wire_method(bio_method_st* method) { BIO_meth_free(method); }

bio_st* make_wire_bio(const bio_method_st* method, TlsWire& wire) {
    BIO* bio = BIO_new(method);
    if (!bio) return nullptr;
    BIO_set_data(bio, &wire);
    BIO_set_init(bio, 1);
    return bio;
}

}  // namespace earshot::net
