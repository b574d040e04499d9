// A connection in memory for tests of sessions: the program under test holds near(), the test plays the far end in the
// words below and says when readiness is reported. Nothing happens by itself: no socket, no time, no thread.
//
//     MemoryWire wire;
//     shard.adopt(wire.near());
//     wire.send("hello\n");
//     wire.pump();
//     EXPECT_EQ(wire.received(), "hello\n");
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/connection.h"

namespace earshot::test {

class MemoryWire {
  public:
    // `capacity`: bytes each direction holds before a writing connection would block.
    explicit MemoryWire(std::size_t capacity = 64 << 10);
    ~MemoryWire();  // may go before the connections do: they then find themselves reset
    MemoryWire(const MemoryWire&) = delete;
    MemoryWire& operator=(const MemoryWire&) = delete;

    // Each once. far() is for two programs facing each other; without it the far end's words below are used.
    std::unique_ptr<net::Connection> near();
    std::unique_ptr<net::Connection> far();

    // The far end speaks. What is sent is there at once, beyond the capacity too.
    void send(std::string_view bytes);
    void end();              // FIN
    void reset();            // RST; what was sent before can still be read, as on Linux
    void fail(Error error);  // likewise, for any other failure
    std::string received();  // takes all that the near end wrote since
    std::string received(std::size_t at_most);
    bool saw_end() const;        // the near end's FIN, nothing unread before it
    bool saw_reset() const;      // the near end reset, or closed over bytes it had not read
    bool saw_close() const;      // the near connection has been destroyed
    std::size_t unread() const;  // what was sent and the near end has not read
    std::size_t writes() const;  // of the near end, that took something

    // Faults and manners of the near end.
    void read_at_most(std::size_t bytes);   // by one read_some
    void write_at_most(std::size_t bytes);  // by one write_some
    void block_reads(int times);            // the next calls say would_block whatever there is
    void block_writes(int times);
    void block_ends(int times);  // end_sending
    void hold(bool on = true);   // readiness is not reported until hold(false)
    // As TLS does: one read takes all that came into the connection, which then says has_buffered_input and is
    // readable no more.
    void keep_input_inside(bool on = true);
    void set_tls(net::TlsFacts facts);
    void set_endpoints(net::Endpoint peer, net::Endpoint local);

    // Reports readiness once to whoever wants it and has it. False: there was nothing to report.
    bool pump_once();
    // Until there is nothing to report. False where that does not happen in `limit` rounds: somebody spins.
    bool pump(int limit = 100'000);
    // How often the near end was told something: a spinning session shows here.
    int reports() const;

  private:
    struct Wire;
    class End;
    std::shared_ptr<Wire> wire_;
};

}  // namespace earshot::test
