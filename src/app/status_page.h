// --metrics: how the listener fares, for Prometheus and for whoever asks whether it lives. Served on a thread of its
// own, so that nobody who asks, however often or slowly, delays a conversation: figures are read where they are
// counted, and only "do you live" goes through the mailbox of those who should.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/count.h"
#include "base/memory_bound.h"
#include "http/server.h"
#include "net/loop.h"
#include "talk/tally.h"

namespace earshot::app {

// What is counted outside conversations, by the thread that listens.
struct ServiceTally {
    std::array<Count, kReasonCount> refused;  // callers, by Reason
    Count reloads, failed_reloads;            // SIGHUP
    Count unlogged;                           // lines of --log that nobody took
};

class StatusPage {
  public:
    // Everything outlives the page; the loops are not run any more after it.
    struct Sources {
        std::vector<const talk::Tally*> tallies;  // of each shard
        const ServiceTally* service = nullptr;
        const MemoryBound* memory = nullptr;
        struct Asked {
            net::Loop* loop;
            // Asked on its thread: why no callers are taken now, in a few words; empty: they are.
            std::function<std::string()> not_ready;
        };
        std::vector<Asked> loops;                      // each must answer for the program to live
        std::function<std::size_t()> running_threads;  // thread-safe; empty: one
    };

    static Result<std::unique_ptr<StatusPage>> open(const net::Target& where, net::ListenOptions listen,
                                                    Sources sources);
    ~StatusPage();
    StatusPage(const StatusPage&) = delete;
    StatusPage& operator=(const StatusPage&) = delete;

    const std::vector<net::Endpoint>& addresses() const { return addresses_; }
    // For another program to go on with, while this one serves.
    std::vector<net::PassedSocket> sockets() const { return server_->sockets(); }

  private:
    struct Roll;

    explicit StatusPage(Sources sources);
    void answer(const http::Request& request, const http::Server::Reply& reply);
    void call_roll(bool asks_ready, const http::Server::Reply& reply);

    const Sources sources_;
    SystemClock clock_;
    net::Loop loop_{clock_};
    std::unique_ptr<http::Server> server_;
    std::vector<net::Endpoint> addresses_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Roll>> rolls_;  // the page's thread's
    std::uint64_t last_roll_ = 0;
    std::thread thread_;
};

// The page of /metrics.
std::string metrics_text(const StatusPage::Sources& sources);

}  // namespace earshot::app
