// Whoever started this program as a service and wants to hear how it goes: systemd (sd_notify(3), sd_listen_fds(3), by
// its protocol and without its library), or the earshot that this one takes over from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "net/listening_socket.h"

namespace earshot::app {

class Supervisor {
  public:
    // Takes what concerns this process out of the environment, so that no child believes it is meant.
    static Supervisor from_environment();

    // Sockets passed to be listened on: those named "metrics" for --metrics, all others for callers.
    std::vector<net::PassedSocket> doors() const { return passed(false); }
    std::vector<net::PassedSocket> metrics_doors() const { return passed(true); }
    // They have been taken: what is left of them here is closed.
    void let_go() { sockets_.clear(); }

    void ready(std::string_view status);
    void reloading();
    void stopping();
    // Another process is the service now, and speaks for it from its first ping on, which is due in one interval.
    void replaced_by(int pid);
    // It could not start: the one it was to take over from says so, and goes on.
    void failed(std::string_view why);

    // How often it wants to hear that the loops turn; none: never.
    std::optional<Millis> ping_interval() const;
    void ping() { notify("WATCHDOG=1"); }

    // For the environment of a process that takes over.
    std::vector<std::string> inherited_variables() const;

  private:
    Supervisor() = default;
    struct Socket {
        UniqueFd descriptor;
        std::string name;
    };

    std::vector<net::PassedSocket> passed(bool for_metrics) const;
    void take_sockets();
    void notify(std::string_view state);
    void tell_predecessor(std::string_view line);

    std::vector<Socket> sockets_;
    std::string notify_path_;  // empty: nobody listens
    std::optional<std::chrono::microseconds> watchdog_;
    UniqueFd predecessor_;  // a pipe to it
};

}  // namespace earshot::app
