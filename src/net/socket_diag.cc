#include "net/socket_diag.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/i18n.h"
#include "net/tcp_info.h"

namespace earshot::net {

namespace {

struct Question {
    nlmsghdr header;
    inet_diag_req_v2 body;
};

Question question_about(const Endpoint& local, const Endpoint& peer) {
    Question question{};
    question.header.nlmsg_len = sizeof question;
    question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.header.nlmsg_flags = NLM_F_REQUEST;  // not a dump: this one connection, by hash
    const bool ipv6 = local.family() == Endpoint::Family::ipv6;
    question.body.sdiag_family = ipv6 ? AF_INET6 : AF_INET;
    question.body.sdiag_protocol = IPPROTO_TCP;
    question.body.idiag_states = ~0U;
    inet_diag_sockid& id = question.body.id;
    id.idiag_sport = htons(local.port());
    id.idiag_dport = htons(peer.port());
    std::memcpy(id.idiag_src, local.address_bytes(), ipv6 ? 16 : 4);
    std::memcpy(id.idiag_dst, peer.address_bytes(), ipv6 ? 16 : 4);
    id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    return question;
}

Error refused(int error) {
    return {reason_of_errno(error),
            tr_format("the kernel does not tell the states of connections: {}", errno_text(error))};
}

}  // namespace

Result<SocketDiag> SocketDiag::open() {
    UniqueFd socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
    if (!socket) return refused(errno);
    return SocketDiag(std::move(socket));
}

Result<std::optional<trace::State>> SocketDiag::state(const Endpoint& local, const Endpoint& peer) {
    const Question question = question_about(local, peer);
    if (::send(socket_.get(), &question, sizeof question, 0) < 0) return refused(errno);
    alignas(nlmsghdr) char answer[4096];
    const ssize_t size = ::recv(socket_.get(), answer, sizeof answer, 0);
    if (size < 0) return refused(errno);
    nlmsghdr header{};
    if (static_cast<std::size_t>(size) < sizeof header) return refused(EPROTO);
    std::memcpy(&header, answer, sizeof header);
    const char* const body = answer + NLMSG_HDRLEN;
    const std::size_t body_size = static_cast<std::size_t>(size) - NLMSG_HDRLEN;
    if (header.nlmsg_type == NLMSG_ERROR && body_size >= sizeof(nlmsgerr)) {
        nlmsgerr failure{};
        std::memcpy(&failure, body, sizeof failure);
        if (failure.error == -ENOENT) return std::optional<trace::State>();
        return refused(-failure.error);
    }
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || body_size < sizeof(inet_diag_msg)) return refused(EPROTO);
    inet_diag_msg found{};
    std::memcpy(&found, body, sizeof found);
    // Where the connection is gone the kernel's look-up goes on to the listener of its port.
    if (found.id.idiag_dport != question.body.id.idiag_dport) return std::optional<trace::State>();
    return state_of_kernel(found.idiag_state);
}

}  // namespace earshot::net
