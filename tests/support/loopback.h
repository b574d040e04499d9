// Words for tests with real sockets: run the loop until something holds, and plain blocking sockets for the other end.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "net/connection.h"
#include "net/endpoint.h"
#include "net/listener.h"
#include "net/loop.h"

namespace earshot::test {

// A loop on the real clock. until() runs it for as long as `holds` does not, at most ten seconds.
struct RealLoop {
    SystemClock clock;
    net::Loop loop{clock};

    bool until(const std::function<bool()>& holds) {
        const SteadyTime end = clock.now() + std::chrono::seconds(10);
        while (!holds()) {
            if (clock.now() > end) return false;
            loop.run_once(Millis(20));
        }
        return true;
    }
};

// Collects callers.
struct Callers final : net::ListenerHandler {
    struct Caller {
        UniqueFd socket;
        net::Endpoint peer, local;
    };
    void on_accept(UniqueFd socket, net::Endpoint peer, net::Endpoint local) override {
        taken.push_back({std::move(socket), std::move(peer), std::move(local)});
    }
    void on_accept_trouble(const Error& error, std::uint64_t count) override {
        troubles.push_back(error);
        trouble_count += count;
    }
    std::deque<Caller> taken;
    std::deque<Error> troubles;
    std::uint64_t trouble_count = 0;
};

// Counts what a connection reports.
struct Readiness final : net::ReadyHandler {
    void on_ready(bool read, bool write) override {
        readable += read ? 1 : 0;
        writable += write ? 1 : 0;
        if (then) then();
    }
    int readable = 0, writable = 0;
    std::function<void()> then;
};

// A blocking socket connected to `where`; none where that failed (errno says why).
UniqueFd call(const net::Endpoint& where);
// What a blocking descriptor gives until its end; "RST" is appended where it ends by ECONNRESET, "..." after 5 s of
// nothing.
std::string read_all(int descriptor);
// How many descriptors this process has open.
std::size_t open_descriptors();

}  // namespace earshot::test
