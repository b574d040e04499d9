// Takes callers: sockets that listen on a Loop, and a handler that is given each accepted one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "net/listening_socket.h"
#include "net/loop.h"
#include "net/wait.h"

namespace earshot::net {

class ListenerHandler {
  public:
    // A caller: connected, non-blocking, with the listener's socket options. `local` is of family none where only the
    // kernel knows it (SocketConnection asks when somebody wants it). May pause, close or destroy the listener.
    virtual void on_accept(UniqueFd socket, Endpoint peer, Endpoint local) = 0;
    // The system has no descriptor or no memory for callers; at most once a second, and when the listener is closed.
    // `refused` of them, since the last time, were told and let go; the others wait. May pause, close or destroy the
    // listener.
    virtual void on_accept_trouble(const Error& error, std::uint64_t refused) = 0;

  protected:
    ~ListenerHandler() = default;
};

class Listener {
  public:
    // The handler and the loop must outlive the listener.
    static Result<std::unique_ptr<Listener>> open(Loop& loop, const Target& where, const ListenOptions& options,
                                                  ListenerHandler& handler);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // What is listened on, one for each socket, with the ports really taken. "[::]:N" stands for both families.
    std::vector<Endpoint> addresses() const;
    // Its sockets, for another program to go on with.
    std::vector<PassedSocket> sockets() const;
    // close() where another program listens on the same sockets: nobody in the backlog is reset, a Unix path stays.
    void hand_over();
    // While paused, callers wait in the kernel's backlog.
    void pause();
    void resume();
    // The ports are free again and a Unix path is gone. Callers in the backlog are reset. For good.
    void close();
    // What keeps callers from being taken now, in a few words that are not translated; null: nothing that is known.
    const char* obstacle() const;

  private:
    struct Door;

    Listener(Loop& loop, const ListenOptions& options, ListenerHandler& handler);

    void leave();
    void accept_batch(Door& door);
    UniqueFd accept(int listening, sockaddr* peer, socklen_t* length) const;
    // The next three give whether to go on accepting.
    bool accept_failed(int listening, int error);
    bool refuse_one(int listening, int error);
    bool rest_for(int error);
    bool is_kept_back(int descriptor) const;
    void refuse(UniqueFd caller, int error);
    void trouble(int error, std::uint64_t refused);
    void report_trouble();
    Error trouble_error() const;
    void rest();
    void end_rest();
    void watch();
    bool watch_door(Door& door);
    void wait_behind_others(Door& door);
    void unwatch();

    Loop& loop_;
    ListenerHandler& handler_;
    std::vector<std::unique_ptr<Door>> doors_;
    UniqueFd reserve_;       // given up for a moment, so that a caller beyond the limit can be answered
    bool watching_ = false;  // in epoll
    bool paused_ = false;    // by the owner
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // a handler may destroy this while it is called
    const unsigned keep_back_;
    const decltype(ListenOptions::accept) accept_;
    mutable int first_kept_back_ = 0;  // the lowest descriptor that is no caller's
    bool is_troubled_ = false;         // and it has not been reported yet
    std::uint64_t refused_ = 0;        // not reported yet
    int trouble_errno_ = 0;            // the last one, and whether somebody was refused for it
    bool trouble_refused_ = false;
    Wait<Listener> quiet_{*this, &Listener::report_trouble};  // until trouble may be reported again
    Wait<Listener> rest_{*this, &Listener::end_rest};         // until accepting is tried again
};

}  // namespace earshot::net
