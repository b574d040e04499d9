#include "tests/support/memory_connection.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/check.h"

namespace earshot::test {

namespace {
enum Side : std::size_t { kNear, kFar };
}

// What one end has: what came in for it, what it was told to do, and its faults.
struct HalfWire {
    std::string input;
    std::string inside;  // read off the wire, still in the connection (keep_input_inside)
    bool input_ended = false;
    std::optional<Error> failure;
    bool sent_end = false;
    bool sent_reset = false;
    bool closed = false;
    bool taken = false;

    std::size_t read_limit = SIZE_MAX, write_limit = SIZE_MAX;
    int blocked_reads = 0, blocked_writes = 0, blocked_ends = 0;
    std::size_t writes = 0;
    bool held = false;
    bool keeps_inside = false;
    std::optional<net::TlsFacts> tls;
    net::Endpoint peer, local;
    int reports = 0;
};

struct MemoryWire::Wire {
    std::size_t capacity = 0;
    std::array<HalfWire, 2> ends;
    std::array<End*, 2> connections{};

    void break_off(std::size_t side, const Error& error) {
        if (!ends[side].failure) ends[side].failure = error;
    }
};

class MemoryWire::End final : public net::Connection {
  public:
    End(std::shared_ptr<Wire> wire, Side side) : wire_(std::move(wire)), side_(side) {
        wire_->connections[side] = this;
    }

    ~End() override {
        wire_->connections[side_] = nullptr;
        HalfWire& mine = own();
        mine.closed = true;
        if (mine.sent_reset) return;
        if (!mine.input.empty() || !mine.inside.empty()) {
            send_reset();
        } else {
            other().input_ended = true;
            mine.sent_end = true;
        }
    }

    void set_handler(net::ReadyHandler* handler) override { handler_ = handler; }
    void want(bool read, bool write) override {
        asked_ = true;
        want_read_ = read;
        want_write_ = write;
    }

    net::IoResult read_some(MutableByteView into) override {
        EARSHOT_CHECK(!into.empty());
        HalfWire& mine = own();
        if (mine.sent_reset) return {net::IoStatus::failed, 0};
        if (mine.blocked_reads > 0) return --mine.blocked_reads, net::IoResult{};
        std::string& from = mine.inside.empty() ? mine.input : mine.inside;
        const std::size_t size = std::min({into.size(), from.size(), mine.read_limit});
        if (size > 0) {
            std::copy_n(from.begin(), size, into.begin());
            from.erase(0, size);
            if (mine.keeps_inside) mine.inside += std::exchange(mine.input, {});
            return {net::IoStatus::ok, size};
        }
        if (mine.failure) return {net::IoStatus::failed, 0};
        if (!mine.input_ended) return {net::IoStatus::would_block, 0};
        end_read_ = true;
        return {net::IoStatus::end, 0};
    }

    net::IoResult write_some(std::span<const ByteView> pieces) override {
        HalfWire& mine = own();
        EARSHOT_CHECK(!mine.sent_end);  // a program that writes after its own FIN has a bug
        if (mine.failure || mine.sent_reset) return {net::IoStatus::failed, 0};
        if (mine.blocked_writes > 0) return --mine.blocked_writes, net::IoResult{};
        std::size_t room = std::min(space(), mine.write_limit);
        if (room == 0) return {net::IoStatus::would_block, 0};
        std::size_t written = 0;
        ++mine.writes;
        for (const ByteView piece : pieces) {
            const ByteView fits = piece.first(std::min(piece.size(), room));
            other().input += as_chars(fits);
            written += fits.size();
            room -= fits.size();
        }
        // Nobody is there any more: the bytes leave, and an RST comes back.
        if (other().closed) mine.failure = Error{Reason::reset, "reset by " + mine.peer.text()};
        return {net::IoStatus::ok, written};
    }

    bool has_buffered_input() const override { return !own().inside.empty(); }

    net::IoResult end_sending() override {
        HalfWire& mine = own();
        if (mine.failure || mine.sent_reset) return {net::IoStatus::failed, 0};
        if (mine.blocked_ends > 0) return --mine.blocked_ends, net::IoResult{};
        mine.sent_end = true;
        other().input_ended = true;
        return {net::IoStatus::ok, 0};
    }

    void reset() override {
        if (!own().sent_reset) send_reset();
        wire_->break_off(side_, Error{Reason::reset, "reset from here"});
    }

    const Error& error() const override {
        EARSHOT_CHECK(own().failure.has_value());
        return *own().failure;
    }
    const net::Endpoint& peer() const override { return own().peer; }
    const net::Endpoint& local() const override { return own().local; }
    const net::TlsFacts* tls() const override { return own().tls ? &*own().tls : nullptr; }
    std::size_t unsent() const override { return wire_->ends[1 - side_].input.size(); }

    // Whether something was reported; the handler may have destroyed this.
    bool report() {
        HalfWire& mine = own();
        if (!handler_ || !asked_ || mine.held || mine.sent_reset) return false;
        const bool failed = mine.failure.has_value();
        const bool more = !mine.input.empty() || (mine.input_ended && !end_read_) || failed;
        const bool read = want_read_ && more;
        const bool write = want_write_ && (failed || space() > 0);
        if (!read && !write) {
            if (!failed || told_) return false;
            told_ = true;
        }
        ++mine.reports;
        handler_->on_ready(read || !write, write);
        return true;
    }

  private:
    HalfWire& own() { return wire_->ends[side_]; }
    const HalfWire& own() const { return wire_->ends[side_]; }
    HalfWire& other() { return wire_->ends[1 - side_]; }
    std::size_t space() { return wire_->capacity - std::min(wire_->capacity, other().input.size()); }
    void send_reset() {
        own().sent_reset = true;
        wire_->break_off(1 - side_, Error{Reason::reset, "reset by " + other().peer.text()});
    }

    std::shared_ptr<Wire> wire_;
    Side side_;
    net::ReadyHandler* handler_ = nullptr;
    bool asked_ = false, want_read_ = false, want_write_ = false;
    bool end_read_ = false;
    bool told_ = false;  // of a failure while nothing was wanted
};

MemoryWire::MemoryWire(std::size_t capacity) : wire_(std::make_shared<Wire>()) {
    wire_->capacity = capacity;
    set_endpoints(*net::Endpoint::of_numeric("192.0.2.1", 40000), *net::Endpoint::of_numeric("192.0.2.2", 9000));
}

MemoryWire::~MemoryWire() {
    for (const std::size_t side : {kNear, kFar}) wire_->break_off(side, Error{Reason::reset, "the wire is gone"});
}

std::unique_ptr<net::Connection> MemoryWire::near() {
    EARSHOT_CHECK(!std::exchange(wire_->ends[kNear].taken, true));
    return std::make_unique<End>(wire_, kNear);
}

std::unique_ptr<net::Connection> MemoryWire::far() {
    EARSHOT_CHECK(!std::exchange(wire_->ends[kFar].taken, true));
    return std::make_unique<End>(wire_, kFar);
}

void MemoryWire::send(std::string_view bytes) { wire_->ends[kNear].input += bytes; }
void MemoryWire::end() { wire_->ends[kNear].input_ended = true; }
void MemoryWire::reset() { fail({Reason::reset, "reset by " + wire_->ends[kNear].peer.text()}); }
void MemoryWire::fail(Error error) { wire_->break_off(kNear, error); }

std::string MemoryWire::received() { return received(SIZE_MAX); }

std::string MemoryWire::received(std::size_t at_most) {
    std::string& input = wire_->ends[kFar].input;
    std::string taken = input.substr(0, at_most);
    input.erase(0, taken.size());
    return taken;
}

bool MemoryWire::saw_end() const { return wire_->ends[kFar].input_ended && wire_->ends[kFar].input.empty(); }
bool MemoryWire::saw_reset() const { return wire_->ends[kNear].sent_reset; }
bool MemoryWire::saw_close() const { return wire_->ends[kNear].closed; }
std::size_t MemoryWire::unread() const { return wire_->ends[kNear].input.size() + wire_->ends[kNear].inside.size(); }

std::size_t MemoryWire::writes() const { return wire_->ends[kNear].writes; }

void MemoryWire::read_at_most(std::size_t bytes) { wire_->ends[kNear].read_limit = bytes; }
void MemoryWire::write_at_most(std::size_t bytes) { wire_->ends[kNear].write_limit = bytes; }
void MemoryWire::block_reads(int times) { wire_->ends[kNear].blocked_reads = times; }
void MemoryWire::block_writes(int times) { wire_->ends[kNear].blocked_writes = times; }
void MemoryWire::block_ends(int times) { wire_->ends[kNear].blocked_ends = times; }
void MemoryWire::hold(bool on) { wire_->ends[kNear].held = on; }
void MemoryWire::keep_input_inside(bool on) { wire_->ends[kNear].keeps_inside = on; }
void MemoryWire::set_tls(net::TlsFacts facts) { wire_->ends[kNear].tls = std::move(facts); }
int MemoryWire::reports() const { return wire_->ends[kNear].reports; }

void MemoryWire::set_endpoints(net::Endpoint peer, net::Endpoint local) {
    wire_->ends[kFar].peer = local;
    wire_->ends[kFar].local = peer;
    wire_->ends[kNear].peer = std::move(peer);
    wire_->ends[kNear].local = std::move(local);
}

bool MemoryWire::pump_once() {
    bool any = false;
    for (const std::size_t side : {kNear, kFar}) {
        if (End* end = wire_->connections[side]) any |= end->report();
    }
    return any;
}

bool MemoryWire::pump(int limit) {
    for (int i = 0; i < limit; ++i) {
        if (!pump_once()) return true;
    }
    return false;
}

}  // namespace earshot::test
