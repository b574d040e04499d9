// What people and programs may ask for, as values. Every front end emits these and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "model/event.h"

namespace earshot::model {

// Text goes out in the conversation's sending encoding with its end of line appended where `eol`; bytes go as they are.
struct SendText {
    std::string text;  // UTF-8
    bool eol = false;
};
struct SendBytes {
    std::vector<std::uint8_t> bytes;
};
struct HalfClose {};
struct Close {};
struct Reset {};
struct SetEncoding {
    std::optional<std::string> in, out;  // a label, "auto" or "bytes"
};
struct SetFraming {
    std::string frame;
};
struct SetEol {
    std::string eol;  // lf crlf cr none
};
// The ladder: tell all of it so far, and from now on each row as it happens, or no longer.
struct ShowLadder {
    bool follow = true;
};
struct ReadAccounts {};  // answered by one `Accounts`
// Answer as `reply` says, as in --reply; empty: read again what the reply in force was made from.
struct SetReply {
    std::string reply;
};
struct Reconnect {};  // connect: call again after an end
struct Quit {
    bool interrupted = false;  // by Ctrl-C: the exit status says so
};

using CommandBody = std::variant<SendText, SendBytes, HalfClose, Close, Reset, SetEncoding, SetFraming, SetEol,
                                 ShowLadder, ReadAccounts, SetReply, Reconnect, Quit>;

struct Command {
    SessionId id{};    // whom it is for; none with `all` false: the only conversation there is
    bool all = false;  // every conversation
    std::string ref;   // comes back in the `sent` or `error` event
    CommandBody body;
};

// Where Commands go.
class CommandSink {
  public:
    virtual ~CommandSink() = default;
    virtual void give(Command command) = 0;
};

}  // namespace earshot::model
