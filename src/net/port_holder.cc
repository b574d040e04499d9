#include "net/port_holder.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/i18n.h"

namespace earshot::net {

namespace {

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// "socket:[12345]", as /proc/PID/fd names it, for every listening socket of the port in one of the kernel's tables
// (proc_pid_net(5): local_address is HEX:PORT, st 0A is LISTEN, inode is the tenth column).
void find_sockets(const char* table, std::uint16_t port, std::vector<std::string>& names) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::istringstream columns(line);
        std::string slot, local, remote, state, skip, inode;
        columns >> slot >> local >> remote >> state >> skip >> skip >> skip >> skip >> skip >> inode;
        const std::size_t colon = local.rfind(':');
        if (colon == std::string::npos || state != "0A") continue;
        unsigned number = 0;
        std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
        if (number == port) names.push_back("socket:[" + inode + "]");
    }
}

bool holds_any(const std::string& process, const std::vector<std::string>& sockets) {
    const std::string fds = process + "/fd";
    const Folder folder(::opendir(fds.c_str()));
    if (!folder) return false;
    while (const dirent* entry = ::readdir(folder.get())) {
        char link[64];
        const ssize_t size = ::readlink((fds + "/" + entry->d_name).c_str(), link, sizeof link);
        if (size > 0 && std::find(sockets.begin(), sockets.end(),
                                  std::string_view(link, static_cast<std::size_t>(size))) != sockets.end()) {
            return true;
        }
    }
    return false;
}

// A program chooses its own name: nothing but plain characters of it goes to a terminal.
std::string name_of(const std::string& process) {
    std::ifstream file(process + "/comm");
    std::string name;
    std::getline(file, name);
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
    return name;
}

std::optional<std::string> find_program(const std::vector<std::string>& sockets) {
    const Folder folder(::opendir("/proc"));
    if (!folder) return std::nullopt;
    while (const dirent* entry = ::readdir(folder.get())) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        const std::string process = std::string("/proc/") + entry->d_name;
        if (holds_any(process, sockets)) return tr_format("{} (pid {})", name_of(process), entry->d_name);
    }
    return std::nullopt;
}

}  // namespace

std::string port_holder(const Endpoint& endpoint) {
    std::vector<std::string> sockets;
    find_sockets("/proc/net/tcp", endpoint.port(), sockets);
    find_sockets("/proc/net/tcp6", endpoint.port(), sockets);
    if (sockets.empty()) return tr("a program that does not listen on it, only keeps it");
    if (auto program = find_program(sockets)) return *program;
    return tr("a program of another user (root may see which: ss -ltnp)");
}

}  // namespace earshot::net
