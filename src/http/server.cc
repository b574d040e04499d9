#include "http/server.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/socket_connection.h"
#include "net/wait.h"

namespace earshot::http {

namespace {

constexpr Millis kLastWords{1000};  // for a client to take an answer that ends the connection

const char* phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Error";
    }
}

// IMF-fixdate of RFC 9110 5.6.7, whatever the locale.
std::string date_text(WallTime now) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::tm time = fmt::gmtime(
        std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(now)));
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[time.tm_wday], time.tm_mday, kMonths[time.tm_mon],
                       time.tm_year + 1900, time.tm_hour, time.tm_min, time.tm_sec);
}

std::string head_text(const Response& response, bool keeps, WallTime now) {
    return fmt::format(
        "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n{}{}\r\n",
        response.status, phrase(response.status), date_text(now), response.type, response.body.size(),
        response.status == 405 ? "Allow: GET, HEAD\r\n" : "", keeps ? "" : "Connection: close\r\n");
}

}  // namespace

// One client's connection: a request, its answer, the next one. Owned by the server; leave() destroys it.
class Server::Visitor final : public net::ReadyHandler {
  public:
    Visitor(Server& server, std::uint64_t number, std::unique_ptr<net::Connection> connection)
        : server_(server), number_(number), connection_(std::move(connection)) {
        connection_->set_handler(this);
        wait_for_request(server_.limits_.request);
        connection_->want(true, false);
    }

    // For the one who has to go when there are too many: since when nothing but his own bytes is waited for.
    bool is_waited_for() const { return state_ == State::request; }
    SteadyTime since() const { return since_; }

    void reply(const Response& response) {
        if (state_ != State::answer) return;
        out_ = head_text(response, keeps_, server_.loop_.clock().wall());
        if (!head_only_) out_ += response.body;
        at_ = 0;
        state_ = State::writing;
        server_.loop_.timers().set(deadline_, server_.loop_.clock().now() + server_.limits_.request);
        write();
    }

  private:
    enum class State : std::uint8_t { request, answer, writing, ending };

    void on_ready(bool readable, bool) override {
        if (state_ == State::writing) return write();
        if (readable) read();
    }
    // While an answer is made or written nothing is read: the next request waits in the kernel.
    void read() {
        std::array<std::uint8_t, 4096> bytes;
        const net::IoResult result = connection_->read_some(bytes);
        if (result.status == net::IoStatus::would_block) return;
        if (result.status != net::IoStatus::ok) return leave();
        if (state_ == State::ending) return;  // what comes behind the last answer is of no interest
        if (in_.empty()) wait_for_request(server_.limits_.request);
        in_ += as_chars(ByteView(bytes).first(result.bytes));
        next_request();
    }
    void next_request() {
        const Head head = read_head(in_);
        if (head.kind == Head::Kind::unfinished) return connection_->want(true, false);
        connection_->want(false, false);
        state_ = State::answer;
        if (head.kind == Head::Kind::refused) {
            keeps_ = head_only_ = false;
            in_.clear();
            return reply({head.status, std::string(phrase(head.status)) + "\n"});
        }
        in_.erase(0, head.size);
        keeps_ = head.request.keeps;
        head_only_ = head.request.method == "HEAD";
        if (!head_only_ && head.request.method != "GET") return reply({405, "only GET and HEAD are known here\n"});
        server_.answer(number_, head.request);
    }
    void write() {
        while (at_ < out_.size()) {
            const ByteView piece = as_bytes(std::string_view(out_).substr(at_));
            const net::IoResult result = connection_->write_some({&piece, 1});
            if (result.status == net::IoStatus::would_block) return connection_->want(false, true);
            if (result.status != net::IoStatus::ok) return leave();
            at_ += result.bytes;
        }
        out_ = {};
        if (!keeps_) return end();
        state_ = State::request;
        wait_for_request(in_.empty() ? server_.limits_.between : server_.limits_.request);
        if (in_.empty()) return connection_->want(true, false);
        // Not from here: a client that sends many at once must not grow the stack.
        server_.loop_.post([&server = server_, number = number_] {
            const auto found = server.visitors_.find(number);
            if (found != server.visitors_.end() && found->second->state_ == State::request) {
                found->second->next_request();
            }
        });
    }
    // FIN first, and then what he still sends is read away: closed over it, the answer could be lost to an RST.
    void end() {
        state_ = State::ending;
        if (connection_->end_sending().status == net::IoStatus::failed) return leave();
        server_.loop_.timers().set(deadline_, server_.loop_.clock().now() + kLastWords);
        connection_->want(true, false);
    }
    void wait_for_request(Millis at_most) {
        since_ = server_.loop_.clock().now();
        server_.loop_.timers().set(deadline_, since_ + at_most);
    }
    void leave() { server_.visitors_.erase(number_); }

    Server& server_;
    const std::uint64_t number_;
    std::unique_ptr<net::Connection> connection_;
    std::string in_, out_;
    std::size_t at_ = 0;  // bytes of out_ that have left
    State state_ = State::request;
    bool keeps_ = false, head_only_ = false;
    SteadyTime since_{};
    net::Wait<Visitor> deadline_{*this, &Visitor::leave};
};

Server::Server(net::Loop& loop, Answer answer, Limits limits)
    : loop_(loop), answer_(std::move(answer)), limits_(limits) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(net::Loop& loop, const net::Target& where, net::ListenOptions listen,
                                             Answer answer, Limits limits) {
    std::unique_ptr<Server> server(new Server(loop, std::move(answer), limits));
    auto listener = net::Listener::open(loop, where, listen, *server);
    if (!listener) return listener.error();
    server->listener_ = std::move(*listener);
    return server;
}

void Server::on_accept(UniqueFd socket, net::Endpoint peer, net::Endpoint local) {
    if (visitors_.size() >= limits_.clients) make_room();
    const std::uint64_t number = ++last_;
    auto connection =
        std::make_unique<net::SocketConnection>(loop_, std::move(socket), std::move(peer), std::move(local));
    visitors_.emplace(number, std::make_unique<Visitor>(*this, number, std::move(connection)));
}

// Whoever holds a place and says nothing loses it first; an answer under way is interrupted only where all are.
void Server::make_room() {
    const auto gives_way = [](const auto& a, const auto& b) {
        const bool a_waits = a.second->is_waited_for(), b_waits = b.second->is_waited_for();
        return a_waits != b_waits ? a_waits : a.second->since() < b.second->since();
    };
    visitors_.erase(std::min_element(visitors_.begin(), visitors_.end(), gives_way));
}

void Server::answer(std::uint64_t number, const Request& request) {
    answer_(request, [this, number](const Response& response) {
        const auto client = visitors_.find(number);
        if (client != visitors_.end()) client->second->reply(response);
    });
}

}  // namespace earshot::http
