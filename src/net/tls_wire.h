// The encrypted side of TLS: a socket under OpenSSL that reads ahead a whole turn at once (one call instead of three a
// record) and takes a record whole even where the kernel takes only part of it, so that what write_some accepted never
// has to be offered again. Costs no buffer while nothing is under way.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/unique_fd.h"

struct bio_method_st;
struct bio_st;

namespace earshot::net {

class TlsWire {
  public:
    // Lends the wire room to read into; every call into OpenSSL stands inside a turn. What TLS did not take up by its
    // end is kept on the heap.
    class Turn {
      public:
        static constexpr std::size_t kRoom = 17 * 1024;  // one full record and some
        explicit Turn(TlsWire& wire);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        TlsWire& wire_;
        std::array<std::uint8_t, kRoom> room_;
    };

    // `descriptor` is connected and does not block.
    explicit TlsWire(UniqueFd descriptor) : descriptor_(std::move(descriptor)) {}
    TlsWire(const TlsWire&) = delete;
    TlsWire& operator=(const TlsWire&) = delete;

    int descriptor() const { return descriptor_.get(); }
    // The poll said so: reading asks the kernel again.
    void note_readable() { drained_ = false; }
    // True once the kernel holds nothing more of ours; false: wait until it is writable. An error shows in error().
    bool flush();
    bool has_unsent() const { return unsent_at_ < unsent_.size(); }
    std::size_t unsent() const { return unsent_.size() - unsent_at_; }
    // A whole record lies here that the poll does not know of.
    bool has_record() const;

    bool saw_end() const { return end_; }  // the peer's FIN
    int error() const { return error_; }   // errno of the socket; 0: none
    void note_error(int error) { error_ = error; }
    // The first bytes that came, up to 64: whether the peer speaks TLS at all. Gone after forget_greeting().
    ByteView greeting() const { return as_bytes(greeting_); }
    void forget_greeting() {
        keeps_greeting_ = false;
        std::string().swap(greeting_);
    }

    // After a handshake that failed: sends our alert and FIN and reads away what came, since bytes left unread would
    // make the kernel send RST, which can overtake the alert. Then closed.
    void close_gently();
    // RST, then closed.
    void reset();

  private:
    friend struct WireBio;
    enum class Step : std::uint8_t { moved, blocked, end, failed };
    Step receive(MutableByteView into, std::size_t& count);
    Step send(ByteView bytes);
    Step fill();

    UniqueFd descriptor_;
    bool drained_ = false;  // the last read took all there was; saves asking the kernel in vain
    bool end_ = false;
    bool keeps_greeting_ = true;
    int error_ = 0;
    std::uint8_t* room_ = nullptr;  // the turn's
    std::size_t room_at_ = 0, room_end_ = 0;
    std::size_t kept_at_ = 0, unsent_at_ = 0;
    std::vector<std::uint8_t> kept_;    // received, not yet taken up by TLS
    std::vector<std::uint8_t> unsent_;  // encrypted, not yet taken by the kernel
    std::string greeting_;
};

bio_method_st* make_wire_method();
void free_wire_method(bio_method_st* method);
// A BIO over `wire`, which must outlive it; nullptr where memory is short.
bio_st* make_wire_bio(const bio_method_st* method, TlsWire& wire);

}  // namespace earshot::net
