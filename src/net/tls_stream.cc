#include "net/tls_stream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "net/tls_certificate.h"
#include "net/tls_explain.h"
#include "net/tls_hello.h"

namespace earshot::net {

namespace {

constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;

// Walks over gathered pieces in records: a long piece as it is, short ones copied together, since every record costs 22
// bytes and a call.
class Records {
  public:
    explicit Records(std::span<const ByteView> pieces) : pieces_(pieces) {}

    // The next up to kRecord bytes; empty at the end. Lives until the next call.
    ByteView next(MutableByteView scratch) {
        while (piece_ < pieces_.size() && at_ == pieces_[piece_].size()) step();
        if (piece_ == pieces_.size()) return {};
        const ByteView rest = pieces_[piece_].subspan(at_);
        if (rest.size() >= kRecord || piece_ + 1 == pieces_.size())
            return take(rest.first(std::min(rest.size(), kRecord)));
        std::size_t size = 0;
        while (piece_ < pieces_.size() && size < kRecord) {
            const ByteView from = pieces_[piece_].subspan(at_);
            const std::size_t some = std::min(from.size(), kRecord - size);
            if (some > 0) std::memcpy(scratch.data() + size, from.data(), some);
            size += some;
            at_ += some;
            if (at_ == pieces_[piece_].size()) step();
        }
        return scratch.first(size);
    }

  private:
    void step() {
        ++piece_;
        at_ = 0;
    }
    ByteView take(ByteView bytes) {
        at_ += bytes.size();
        return bytes;
    }

    std::span<const ByteView> pieces_;
    std::size_t piece_ = 0, at_ = 0;
};

}  // namespace

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, UniqueFd descriptor, Endpoint peer)
    : context_(std::move(context)), peer_(std::move(peer)), wire_(std::move(descriptor)) {
    ERR_clear_error();
    session_ = context_->make_session();
    BIO* bio = session_ ? make_wire_bio(context_->wire_method(), wire_) : nullptr;
    if (!bio) {
        fail_by(ERR_peek_error());
        return;
    }
    SSL_set_bio(session_, bio, bio);
    SSL_set_app_data(session_, &check_);
}

TlsStream::~TlsStream() { SSL_free(session_); }

void TlsStream::fail(Error error) {
    if (failed_) return;
    failed_ = true;
    error_ = std::move(error);
}

void TlsStream::fail_by(unsigned long code) {
    fail(explain({.code = code,
                  .socket_error = wire_.error(),
                  .saw_end = wire_.saw_end() || ended_,
                  .shaking_hands = shaking_hands_,
                  .sent_end = sent_end_,
                  .greeting = wire_.greeting(),
                  .objection = check_.objection()},
                 *context_, peer_));
}

void TlsStream::fail_by_socket(int socket_error) {
    wire_.note_error(socket_error);
    fail_by(0);
}

TlsStep TlsStream::conclude(int returned) {
    switch (SSL_get_error(session_, returned)) {
        case SSL_ERROR_WANT_READ:
            return TlsStep::want_read;
        case SSL_ERROR_WANT_WRITE:
            return TlsStep::want_write;
        case SSL_ERROR_ZERO_RETURN:
            ended_ = true;
            return TlsStep::end;
        default:
            fail_by(ERR_peek_error());
            ERR_clear_error();
            return TlsStep::failed;
    }
}

TlsStep TlsStream::shake_hands() {
    if (failed_) return TlsStep::failed;
    ERR_clear_error();
    const TlsWire::Turn turn(wire_);
    const int returned = SSL_do_handshake(session_);
    if (returned == 1) {
        shaking_hands_ = false;
        wire_.forget_greeting();
        return TlsStep::done;
    }
    const TlsStep step = conclude(returned);
    // A few bytes of plain text would leave TLS waiting for the rest of a header; a close_notify before the handshake
    // is complete (RFC 8446 6.1 allows it) is an end without a conversation.
    if (step == TlsStep::end || (step == TlsStep::want_read && !may_begin_tls(wire_.greeting()))) {
        fail_by(0);
        return TlsStep::failed;
    }
    return step;
}

TlsStep TlsStream::read(MutableByteView into, std::size_t& count) {
    count = 0;
    if (failed_) return TlsStep::failed;
    if (ended_) return TlsStep::end;
    ERR_clear_error();
    const TlsWire::Turn turn(wire_);
    while (count < into.size()) {
        std::size_t some = 0;
        const int returned = SSL_read_ex(session_, into.data() + count, into.size() - count, &some);
        if (returned != 1) {
            // An end or failure after bytes is kept and said by the next call.
            const TlsStep step = conclude(returned);
            return count > 0 ? TlsStep::done : step;
        }
        count += some;
    }
    return TlsStep::done;
}

TlsStep TlsStream::probe() {
    if (failed_ || ended_) return TlsStep::done;
    ERR_clear_error();
    const TlsWire::Turn turn(wire_);
    std::uint8_t byte = 0;
    std::size_t some = 0;
    const int returned = SSL_peek_ex(session_, &byte, 1, &some);
    if (returned == 1) return TlsStep::done;
    const TlsStep step = conclude(returned);
    return step == TlsStep::want_read || step == TlsStep::want_write ? step : TlsStep::done;
}

// A write that failed by RST: the peer's last record may say why.
bool TlsStream::find_alert() {
    if (ended_ || failed_) return failed_;
    const int error = wire_.error();
    wire_.note_error(0);
    wire_.note_readable();
    probe();
    if (failed_ && error_.reason == Reason::tls) return true;
    failed_ = false;
    wire_.note_error(error);
    return false;
}

TlsStep TlsStream::conclude_sending(int returned) {
    if (wire_.error() == 0) return conclude(returned);
    if (!find_alert()) fail_by(0);
    return TlsStep::failed;
}

TlsStep TlsStream::flush() {
    if (failed_) return TlsStep::failed;
    if (wire_.flush()) return TlsStep::done;
    return wire_.error() == 0 ? TlsStep::want_write : conclude_sending(-1);
}

TlsStep TlsStream::write(std::span<const ByteView> pieces, std::size_t& count) {
    count = 0;
    EARSHOT_CHECK(!sent_end_);
    if (const TlsStep step = flush(); step != TlsStep::done) return step;
    ERR_clear_error();
    std::array<std::uint8_t, kRecord> scratch;
    Records records(pieces);
    // The next record begins only when the kernel has all of the last one.
    while (!wire_.has_unsent()) {
        const ByteView record = records.next(scratch);
        if (record.empty()) break;
        std::size_t some = 0;
        int returned = 0;
        {
            const TlsWire::Turn turn(wire_);
            returned = SSL_write_ex(session_, record.data(), record.size(), &some);
        }
        if (returned != 1) {
            const TlsStep step = conclude_sending(returned);
            return count > 0 ? TlsStep::done : step;
        }
        EARSHOT_CHECK(some == record.size());
        count += some;
    }
    return count > 0 ? TlsStep::done : TlsStep::want_write;
}

TlsStep TlsStream::send_end() {
    if (const TlsStep step = flush(); step != TlsStep::done || sent_end_) return step;
    // In the middle of a message of the handshake's kind (a ticket, a new key) OpenSSL refuses to close: read on first.
    if (SSL_in_init(session_)) {
        probe();
        if (failed_) return TlsStep::failed;
        if (SSL_in_init(session_)) return TlsStep::want_read;
    }
    ERR_clear_error();
    int returned = 0;
    {
        const TlsWire::Turn turn(wire_);
        returned = SSL_shutdown(session_);
    }
    if (returned < 0) return conclude_sending(returned);
    sent_end_ = true;
    return flush();
}

bool TlsStream::has_buffered_input() const {
    if (failed_ || ended_) return true;
    return SSL_pending(session_) > 0 || wire_.has_record();
}

Error TlsStream::timeout_error() const { return explain_timeout(wire_.greeting(), *context_, peer_); }

TlsFacts TlsStream::facts() const {
    TlsFacts facts;
    facts.version = SSL_get_version(session_);
    facts.cipher = SSL_get_cipher_name(session_);
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_, &protocol, &size);
    if (size > 0) facts.alpn.assign(reinterpret_cast<const char*>(protocol), size);
    if (const X509* certificate = SSL_get0_peer_certificate(session_)) {
        facts.peer_name = subject_text(*certificate);
        facts.peer_sha256 = certificate_sha256(*certificate);
    }
    facts.verified = check_.passed();
    return facts;
}

}  // namespace earshot::net
