// Expected outcomes: a value, or an Error that says what failed, where, why and what to try.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace earshot {

// What kind of failure it was: programs decide by this, people read Error::message. The names are those of the
// `reason` field in the JSON view (see reason_name).
enum class Reason : unsigned char {
    closed,        // both ends finished in order
    reset,         // RST, from either end
    timeout,       // a wait of ours ran out, or TCP's own (ETIMEDOUT)
    refused,       // nobody listens there
    unreachable,   // no route, network or host down
    unknown_host,  // the name does not resolve
    in_use,        // the address to listen on is taken
    permission,    // the system does not let this user
    truncated,     // TLS ended by FIN without close_notify
    tls,           // handshake or certificate
    denied,        // --allow / --deny
    limit,         // a limit of ours: callers, descriptors, queue
    malformed,     // bytes that do not fit the framing or the encoding
    unencodable,   // a character that the sending encoding lacks
    usage,         // the command line or a command is wrong
    cancelled,     // the user or a signal ended it
    failed,        // anything else; the message says what
};

constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::failed) + 1;

// The name in JSON: "closed", "reset", "unknown-host" ...
const char* reason_name(Reason reason);

struct Error {
    Reason reason = Reason::failed;
    std::string message;  // one line for a person: what, on which endpoint, why, what to try

    friend bool operator==(const Error&, const Error&) = default;
};

// The reason for an errno of a socket call.
Reason reason_of_errno(int error);
// "Connection refused": the C library's text for an errno in the user's language.
std::string errno_text(int error);

template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

    explicit operator bool() const { return state_.index() == 0; }
    T& operator*() & { return value(); }
    const T& operator*() const& { return const_cast<Result*>(this)->value(); }
    T&& operator*() && { return std::move(value()); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &const_cast<Result*>(this)->value(); }
    const Error& error() const {
        EARSHOT_CHECK(state_.index() == 1);
        return *std::get_if<1>(&state_);
    }

  private:
    T& value() {
        EARSHOT_CHECK(state_.index() == 0);
        return *std::get_if<0>(&state_);
    }
    std::variant<T, Error> state_;
};

// A Result with nothing to give back: Ok{} or an Error.
struct Ok {
    friend bool operator==(const Ok&, const Ok&) = default;
};
using Status = Result<Ok>;

}  // namespace earshot
