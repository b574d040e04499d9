// Turns a host name into addresses without stopping the loop: getaddrinfo on a thread of its own, the answer posted
// back. One look-up at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/endpoint.h"
#include "net/loop.h"

namespace earshot::net {

// What a look-up found: addresses in the order in which they should be tried (RFC 6724), with port 0, or a problem.
struct HostAnswer {
    int problem = 0;       // an EAI_ code of getaddrinfo(3)
    int system_error = 0;  // errno, with EAI_SYSTEM
    std::vector<Endpoint> addresses;
};

// The system's own answer. Blocks.
HostAnswer look_up_host(const std::string& host);

class Resolver {
  public:
    using LookUp = HostAnswer (*)(const std::string& host);
    // Called once, on the loop's thread, never from inside resolve(). Reason::unknown_host; the text says whether the
    // name does not exist or nobody could be asked. May destroy the resolver.
    using Done = std::function<void(Result<std::vector<Endpoint>>)>;

    // `look_up` runs on a thread that nobody waits for: it may outlive this object and must not touch what does not
    // outlive the program.
    explicit Resolver(Loop& loop, LookUp look_up = look_up_host);
    ~Resolver();  // cancels
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    void resolve(std::string host, Done done);
    // `done` will not be called. The thread is left to itself: it neither delays an exit nor finds anything of ours.
    void cancel();

  private:
    struct Query;
    static void answer(Query& query);

    Loop& loop_;
    LookUp look_up_;
    std::shared_ptr<Query> query_;
};

}  // namespace earshot::net
