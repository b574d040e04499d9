// The same program started anew, perhaps in a newer version, to take over the listening sockets while this one serves
// the conversations it has to their end. Until the new one is ready nothing changes here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/loop.h"
#include "net/wait.h"

namespace earshot::app {

// How this program was started, to be started so again.
struct Invocation {
    std::string program;             // its file, found when it started: by now a newer one may have that name
    std::vector<std::string> words;  // argv, the program's name included
    std::uint64_t descriptors = 0;   // its soft limit, before it asked for more; 0: not known

    static Invocation of_this_process(int argc, char** argv);
};

class Successor final : private net::Watcher {
  public:
    struct Passed {
        int descriptor;
        std::string name;  // in LISTEN_FDNAMES
    };
    struct Handler {
        std::function<void(int pid)> on_ready;
        std::function<void(const Error& error)> on_failed;  // it has ended, or has been ended
    };

    // `variables`: added to its environment. Errors: what kept it from being started at all. Either of the handlers is
    // called once, on the loop's thread; it may destroy this.
    static Result<std::unique_ptr<Successor>> start(net::Loop& loop, const Invocation& invocation,
                                                    const std::vector<Passed>& passed,
                                                    const std::vector<std::string>& variables, Handler handler);
    ~Successor();

  private:
    Successor(net::Loop& loop, int pid, UniqueFd pipe, Handler handler);
    void on_events(std::uint32_t epoll_events) override;
    void give_up();
    void failed(const std::string& why);

    net::Loop& loop_;
    const int pid_;
    UniqueFd pipe_;  // what it says: a line
    std::string said_;
    Handler handler_;
    net::Wait<Successor> patience_{*this, &Successor::give_up};
};

}  // namespace earshot::app
