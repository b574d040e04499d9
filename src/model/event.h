// What happened, as values: everything a view, a transcript or a program is ever told. A Session emits Events; nobody
// who takes them calls back into it (that is what Commands are for).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/malformed.h"
#include "base/result.h"
#include "trace/row.h"

namespace earshot::model {

enum class Direction : std::uint8_t { in, out };  // in: from the peer

// A TLS conversation's facts as people and programs read them (see net::TlsFacts).
struct Tls {
    std::string version, cipher, alpn, peer_name, peer_sha256;
    bool verified = false;
    friend bool operator==(const Tls&, const Tls&) = default;
};

// The port really listens.
struct Listening {
    std::string address;             // "0.0.0.0", "::", a Unix path
    std::uint16_t port = 0;          // 0: Unix
    std::string certificate_sha256;  // where a certificate was made for this run: its pin
    std::string reply;               // what answers callers by itself, as --reply; empty: nothing
};

// A call is being made; `attempt` counts --retry's calls from 1.
struct Dialing {
    std::string target;
    std::uint32_t attempt = 1;
    SessionId partner{};  // as in Opened
};

struct Opened {
    std::string peer, local;  // "127.0.0.1:40112", "[::1]:80", "unix:PATH"
    std::optional<Tls> tls;
    SessionId partner{};  // the caller for whose sake this call was made; none: for its own
};

// One message of the framing. Bytes are the truth; text is there where the sink asked for it.
struct Message {
    Direction direction = Direction::in;
    std::uint64_t seq = 0;           // per conversation and direction, from 1
    SharedBytes bytes;               // all that the framer consumed, header and delimiter included
    std::uint32_t payload_at = 0;    // bytes
    std::uint32_t payload_size = 0;  // bytes
    std::string text;                // the payload decoded, U+FFFD for each malformed unit; empty for `bytes`
    std::vector<MalformedUnit> malformed;
    const char* encoding = "";              // its name; "bytes": no text
    const char* malformed_frame = nullptr;  // set: these bytes did not fit the framing, and why (a msgid)
};

// A message has begun and not ended for 200 ms: its beginning (at most 4 KiB), each time anew. The Message comes later.
struct Unfinished {
    SharedBytes bytes;
    ByteCount size = 0;  // bytes of it so far, all of them
    std::string text;
    std::vector<MalformedUnit> malformed;
    std::uint8_t held = 0;  // bytes of a character that is not complete
    const char* encoding = "";
};

struct HalfClosed {
    Direction direction = Direction::in;  // in: the peer's FIN or close_notify; out: ours has been sent
};

struct Closed {
    Reason reason = Reason::closed;
    std::string detail;                // one line for a person; empty where the reason says it all
    ByteCount received = 0, sent = 0;  // bytes of the conversation
};

// A call or a caller that never became a conversation, or something wrong with a command.
struct Fault {
    Reason reason = Reason::failed;
    std::string message;
};

// A command has been carried out as far as the queue: these bytes go to the peer in this order.
struct Sent {
    ByteCount bytes = 0;
    std::uint32_t conversations = 1;
};

struct EncodingChanged {
    Direction direction = Direction::in;
    std::string encoding;   // the one in force now
    bool detected = false;  // by `auto`, not by command
    // What of the conversation was decoded otherwise and should be shown again: from this message's seq on; 0: nothing.
    std::uint64_t from_seq = 0;
};

struct FramingChanged {
    std::string frame;
    bool lost = false;  // the framing lost its way in the stream and `chunk` is in force
};

struct EolChanged {
    std::string eol;  // of lines sent from now on: lf crlf cr none
};

// What a responder under which callers talk with each other, or that knows them, calls this one from now on.
struct Named {
    std::string name;
    std::string room;  // where his lines are heard; empty: where all begin, or there are no rooms
};

// A sink could not take everything: what it missed, counted.
struct Dropped {
    std::uint64_t messages = 0;
    ByteCount bytes = 0;
    std::string why;
};

// The peer has said which device it is (a registration packet that --reply rules knows).
struct DeviceNamed {
    std::string name;         // fit to be shown
    std::uint64_t calls = 0;  // how often this device has come in this run, from 1
    SessionId replaces{};     // the conversation that had the name and is sent away; none: it was free
};

// A line of what the program that answers him writes to its standard error.
struct Diagnostic {
    std::string text;        // fit to be shown; empty: only what was left out is told
    ByteCount left_out = 0;  // bytes before it that were too many to be told
};

// What answers by itself from now on: him, or where it is about nobody in particular all who are here and who comes.
struct ReplyChanged {
    std::string reply;   // as --reply
    bool again = false;  // it is what answered already, read anew: who has another one keeps it
};

// The next rows of the conversation's ladder; also after `closed`, until the kernel has forgotten the connection.
struct Traced {
    trace::Heading heading;
    std::vector<trace::Row> rows;
    std::uint32_t ladder = 0;  // its number: a call may try several addresses, and be made again; each has its own
    bool again = false;        // all rows from the first, because somebody asked; else those that are new
    bool over = false;         // these are the last ones
};

// The kernel's account of the conversation's connection (TCP_INFO), oldest first, the last one of this moment.
struct Accounts {
    std::vector<trace::Account> samples;
    Millis apart{0};  // between two samples
};

// Serving has ended in order: nothing follows.
struct Stopped {};

using Body = std::variant<Listening, Dialing, Opened, Message, Unfinished, HalfClosed, Closed, Fault, Sent,
                          EncodingChanged, FramingChanged, EolChanged, Named, Dropped, DeviceNamed, Diagnostic,
                          ReplyChanged, Traced, Accounts, Stopped>;

struct Event {
    WallTime time{};
    SessionId id{};   // none: about the program, not a conversation
    std::string ref;  // of the command it answers; empty: none
    Body body;
};

// Where Events go. Called on the shard's thread; must not block and must not call into talk.
class EventSink {
  public:
    virtual ~EventSink() = default;
    virtual void take(const Event& event) = 0;
    // What this sink wants made: messages and comings and goings are told, text is decoded and Unfinished is watched
    // for only where somebody asks. What goes wrong is told always.
    virtual bool wants_messages() const { return true; }
    virtual bool wants_text() const { return true; }
    // Comings alone, for one who counts and lists callers and does not look at what they say.
    virtual bool wants_openings() const { return wants_messages(); }
    virtual bool wants_unfinished() const { return false; }
};

}  // namespace earshot::model
