// One conversation: a connection, how its bytes become messages and text, what waits to be sent, and how it ends. It
// emits Events and is steered by its shard; a Responder may answer each message as it is cut.
//
// Owned by its shard; lives on the shard's thread. It never dies inside one of its own calls: when it has ended it
// tells the shard, which buries it after the batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/pace.h"
#include "base/timer_wheel.h"
#include "model/event.h"
#include "net/connection.h"
#include "talk/inbox.h"
#include "talk/outbox.h"
#include "talk/slow.h"
#include "talk/text_reader.h"
#include "text/encoder.h"

namespace earshot::talk {

class FanOut;
class Responder;
class Shard;

// How a conversation is held; the same for all callers until a command changes one of them.
struct SessionOptions {
    std::string frame = "chunk";       // see frame::make_framer
    ByteCount max_message = 64 << 20;  // bytes; beyond it, or the responder's longest, a message is malformed
    TextChoice receive{TextChoice::Kind::encoding, &text::utf8()};
    TextChoice send{TextChoice::Kind::encoding, &text::utf8()};  // detect: what receiving was detected as
    std::vector<const text::Encoding*> detect;                   // candidates of `auto`; empty: the detector's own
    std::string eol;                  // appended to each text sent: "\n", "\r\n", "\r" or nothing
    Rate message_rate, byte_rate;     // of each caller; beyond it he is not read for a while
    Millis idle_timeout{0};           // no byte either way for this long ends it; 0: never
    bool close_on_fin = false;        // --on-fin close
    ByteCount high_water = 1 << 20;   // bytes queued above which a sender is asked to wait
    Slow slow = Slow::drop;           // --slow: who has so many queued when a fan-out has more
    ByteCount max_queue = 128 << 20;  // bytes queued above which a command to send is refused
    Millis close_grace{5000};         // how long close() waits for the peer's FIN
};

class Session final : private net::ReadyHandler, private Timer, private Inbox::Reader {
  public:
    // Where it throws std::bad_alloc `connection` has not been taken.
    Session(Shard& shard, SessionId id, std::unique_ptr<net::Connection>&& connection, const SessionOptions& options,
            std::unique_ptr<frame::Framer> framer);
    ~Session() override;

    SessionId id() const { return id_; }
    Shard& shard() const { return shard_; }
    // Begins to read; `opened` has been emitted before.
    void start();

    // Queues bytes; they leave at the end of this batch. False where our direction has ended (nothing is queued).
    bool send(ByteView bytes);
    // The same for bulk: what the connection takes at once is not copied. False: some of it is queued, and the
    // responder is told by drained() when that has left.
    bool pass(ByteView bytes);
    // The bytes `text` has in this conversation's sending encoding. Errors: unencodable (names the character), usage
    // where the conversation has no text.
    Status encode(std::string_view text, bool with_eol, std::vector<std::uint8_t>& bytes) const;
    // In which encoding his text comes, as far as is known; null: bytes, no text.
    const text::Encoding* receive_encoding() const { return text_.encoding(); }
    // The message whose payload this is, the latest, begins the stream with a byte order mark of UTF-16 or with its
    // second byte, and `auto` is going to follow it.
    bool begins_with_mark(ByteView payload) const {
        return (messages_in_ <= 1 || text_.is_in_doubt()) && text_.begins_with_mark(payload);
    }
    // What text to this peer is encoded in as things stand; null: it is sent bytes, no text.
    const text::Encoding* send_encoding() const {
        const TextChoice& choice = send_choice_ ? *send_choice_ : options_->send;
        if (choice.kind != TextChoice::Kind::detect) return choice.encoding;
        return text_.makes_text() && text_.is_decided() ? text_.encoding() : &text::utf8();
    }
    std::string_view eol() const { return options_->eol; }
    std::size_t queued() const { return outbox_.size(); }
    bool is_above_high_water() const { return outbox_.size() >= options_->high_water; }
    // Where it is, writes at once what is queued: in a long batch that may be his connection's to take, and no sign
    // that he is slow. False: he is.
    bool make_room();
    bool may_send() const { return !send_ended_ && !ending_; }

    // Our FIN after what is queued. Reading goes on.
    void half_close();
    // Drains, sends FIN, reads on until the peer's FIN, then ends with `reason`. Gives up after close_grace: without a
    // byte leaving, or `in_all` where the program itself is leaving.
    enum class Grace : std::uint8_t { while_stuck, in_all };
    void close(Reason reason, std::string detail, Grace grace = Grace::while_stuck);
    // RST now; what is queued is lost.
    void reset(Reason reason, std::string detail);
    // RST once the peer has what is queued, or has taken none of it for close_grace. Nothing is read any more.
    void reset_when_sent(Reason reason, std::string detail);

    // Back-pressure: a paused conversation is not read; the kernel's window tells the peer. Whoever paused resumes; the
    // conversation is read when nobody wants it paused.
    // `pace`: he has said more than his rates let him, and is read again when they do.
    // `partner`: nobody is there yet to take what would be read; a connection that is over waits as well.
    // `neighbours`: another shard has not caught up with what was said here.
    // `memory`: all queues of the program together are at their bound.
    enum class Pause : std::uint8_t { responder = 1, sink = 2, partner = 4, pace = 8, neighbours = 16, memory = 32 };
    void pause_reading(Pause by = Pause::responder);
    void resume_reading(Pause by = Pause::responder);

    Status set_receive(const TextChoice& choice);
    Status set_send(const TextChoice& choice);
    Status set_framing(std::string_view name);
    void set_eol(std::string eol);
    // What his responder keeps for him beside his queue, in bytes of memory: it counts as his. Nothing, once somebody
    // else answers him.
    void note_kept(std::size_t bytes);
    // Messages this reader's sink missed, for one `dropped` event when it can take them again.
    void note_dropped(ByteCount bytes);

    // Who answers from now on, in the place of who did; null: nobody. What has come before is not for him, but for a
    // message that has not ended. Not from inside a responder's call.
    void answer_by(Responder* responder);
    const Responder* responder() const { return responder_; }

    // Writes what is queued. Called by the shard after each batch in which something was queued.
    void flush();

    const net::Connection* connection() const { return connection_.get(); }
    bool peer_has_ended() const { return receive_ended_; }
    bool has_ended() const { return ended_; }
    // We began it.
    bool was_called() const { return was_called_; }
    // It has ended by a reset of either side, or because the way to the peer is gone: not in order.
    bool was_broken() const { return broken_; }

  private:
    friend class FanOut;
    friend class Shard;
    void on_ready(bool readable, bool writable) override;
    void on_timer() override;
    bool read(const Received& message) override;

    void read_ready();
    void take_in(ByteView bytes);
    void cut(ByteView bytes);
    template <typename Cut>
    void cutting(const Cut& cut);
    void finish_messages();
    void still_paused();
    void hint_at_tls(ByteView first);
    bool take_read(net::IoResult result);
    // What it has said lately, and until when it is not read for that.
    struct Paces {
        Pace messages, bytes;
        SteadyTime until{};
    };
    std::size_t read_size();
    void keep_pace(Pace Paces::*pace, const Rate& rate, std::uint64_t amount);
    void peer_ended();
    void read_text(const Received& message, MessageText& text);
    void emit_message(const Received& message, MessageText* text);
    void emit_unfinished();
    void emit_dropped();
    void show_rest_of_text();
    void lose_framing();
    void limit_messages();
    void cut_again();
    void watch_unfinished();
    // Whether what it holds has changed, where it holds anything.
    void account() {
        if (holds_ != 0 || kept_for_him_ != 0 || !outbox_.empty() || !inbox_.kept().empty()) count_held();
    }
    std::size_t memory() const { return outbox_.memory_with_blocks() + inbox_.memory() + kept_for_him_; }
    void count_held();
    void count_held(std::size_t queued, std::size_t unfinished);
    void give_up_memory();
    bool give_up_messages();
    bool send_at_once(std::span<const ByteView> pieces, std::size_t& taken);
    net::IoStatus write_queued();
    void note_sent(ByteCount bytes, std::string_view beginning);
    void leave_fan_out();
    void after_drain();
    void failed();
    void end(Reason reason, std::string detail);
    void reset_connection();
    void reset_if_sent();
    bool wants_fin_out() const { return send_ended_ && !fin_sent_ && !resetting_; }
    bool holds_messages() const;
    void set_responder(Responder* responder);
    void end_as_asked();
    void note_traffic();
    void update_interest();
    void set_paused(std::uint8_t by);
    void arm_timer();
    SteadyTime quiet_at() const;
    bool may_time_out() const;
    SteadyTime now() const;
    SessionOptions& own_options();
    bool flushes_text() const { return inbox_.framer().flushes_text(); }

    Shard& shard_;
    const SessionId id_;
    std::unique_ptr<net::Connection> connection_;
    const SessionOptions* options_;  // the shard's, or own_ after a command changed one
    std::unique_ptr<SessionOptions> own_;
    Inbox inbox_;
    TextReader text_;
    std::unique_ptr<Paces> paces_;           // null: no rate is set, or it was called
    std::optional<TextChoice> send_choice_;  // a command's; else the options'
    Outbox outbox_;
    Responder* responder_ = nullptr;  // null: nobody answers
    FanOut* fan_out_ = nullptr;       // that it is a member of
    std::uint32_t fan_place_ = 0;     // among its members
    ByteCount received_ = 0, sent_ = 0;
    ByteCount sent_before_fin_ = 0;  // sent_ when the peer's FIN came
    std::uint64_t messages_in_ = 0;
    std::uint64_t first_in_doubt_ = 0;  // seq of the first message that `auto` might have read wrongly
    ByteCount dropped_messages_ = 0, dropped_bytes_ = 0;
    std::size_t holds_ = 0;             // memory that is counted as its own
    std::size_t holds_unfinished_ = 0;  // of it, for a message of which the rest has not come
    std::uint32_t holder_place_ = 0;    // among the shard's holders, where it holds anything
    std::uint32_t kept_for_him_ = 0;    // by his responder, bytes
    SteadyTime last_traffic_{};         // kept only while the idle timeout asks for it
    SteadyTime last_received_{};        // kept only while the framing asks for it
    SteadyTime unfinished_at_{};        // when what is kept is to be shown; zero: not
    SteadyTime closing_until_{};
    std::size_t unsent_ = 0;               // resetting_: what the kernel still held when it was looked at
    std::unique_ptr<Error> ending_error_;  // what close() was asked to end with, once ending_
    bool answers_messages_ = false;        // the responder takes them
    bool answers_text_ = false;            // ... and wants their text
    bool was_called_ = false;              // the shard's to say
    bool receive_ended_ = false;           // the peer's FIN has been read
    bool send_ended_ = false;              // our FIN has been asked for
    bool fin_sent_ = false;                // ... and has left
    bool ending_ = false;                  // close() was asked for
    bool resetting_ = false;               // ... and with RST, by reset_when_sent()
    bool broken_ = false;                  // it has ended, and not in order
    bool asked_to_read_ = false;           // what the connection was last told
    bool hung_up_ = false;                 // it is over, and was while reading was paused
    bool ended_ = false;                   // `closed` has been emitted
    bool finishing_ = false;               // end() is giving out the last of the input
    bool reading_ = false;                 // the inbox is being cut
    Grace grace_ = Grace::while_stuck;
    std::uint8_t paused_ = 0;     // bits of Pause
    bool flush_pending_ = false;  // in the shard's list of those with something to write
    bool in_handler_ = false;     // on_ready is on the stack and will flush
    bool was_above_ = false;      // the high-water mark; told to the responder once drained
    bool read_again_ = false;     // input waits inside the connection, not in its descriptor
};

}  // namespace earshot::talk
