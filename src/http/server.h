// A small HTTP/1.1 server for pages that this program makes of itself: figures, whether it lives. Clients may be
// hostile: what one may hold is bounded in bytes and time, and how many there are.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "http/request.h"
#include "net/listener.h"
#include "net/loop.h"

namespace earshot::http {

struct Response {
    int status = 200;
    std::string body;
    std::string type = "text/plain; charset=utf-8";
};

struct Limits {
    std::size_t clients = 64;  // the next one takes the place of the one whose request is missing the longest
    Millis request{5000};      // for a request to come whole, and for an answer to be taken
    Millis between{75'000};    // for the next request of the same client
};

class Server final : private net::ListenerHandler {
  public:
    // Gives the answer to one request, at once or later, on the loop's thread; it is dropped where the client has gone.
    using Reply = std::function<void(Response)>;
    // Called for GET and HEAD alone.
    using Answer = std::function<void(const Request& request, Reply reply)>;

    // The loop must outlive the server, and no `reply` may be called after it.
    static Result<std::unique_ptr<Server>> open(net::Loop& loop, const net::Target& where, net::ListenOptions listen,
                                                Answer answer, Limits limits = {});
    ~Server();
    std::vector<net::Endpoint> addresses() const { return listener_->addresses(); }
    std::vector<net::PassedSocket> sockets() const { return listener_->sockets(); }
    std::size_t clients() const { return visitors_.size(); }

  private:
    class Visitor;

    Server(net::Loop& loop, Answer answer, Limits limits);
    void on_accept(UniqueFd socket, net::Endpoint peer, net::Endpoint local) override;
    void on_accept_trouble(const Error&, std::uint64_t) override {}
    void make_room();
    void answer(std::uint64_t number, const Request& request);

    net::Loop& loop_;
    Answer answer_;
    Limits limits_;
    std::unique_ptr<net::Listener> listener_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Visitor>> visitors_;
    std::uint64_t last_ = 0;
};

}  // namespace earshot::http
