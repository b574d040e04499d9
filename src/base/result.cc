#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace earshot {

const char* reason_name(Reason reason) {
    switch (reason) {
        case Reason::closed:
            return "closed";
        case Reason::reset:
            return "reset";
        case Reason::timeout:
            return "timeout";
        case Reason::refused:
            return "refused";
        case Reason::unreachable:
            return "unreachable";
        case Reason::unknown_host:
            return "unknown-host";
        case Reason::in_use:
            return "in-use";
        case Reason::permission:
            return "permission";
        case Reason::truncated:
            return "truncated";
        case Reason::tls:
            return "tls";
        case Reason::denied:
            return "denied";
        case Reason::limit:
            return "limit";
        case Reason::malformed:
            return "malformed";
        case Reason::unencodable:
            return "unencodable";
        case Reason::usage:
            return "usage";
        case Reason::cancelled:
            return "cancelled";
        case Reason::failed:
            return "failed";
    }
    return "failed";
}

Reason reason_of_errno(int error) {
    switch (error) {
        case ECONNRESET:
        case EPIPE:
        case ECONNABORTED:
            return Reason::reset;
        case ETIMEDOUT:
            return Reason::timeout;
        case ECONNREFUSED:
            return Reason::refused;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EHOSTDOWN:
        case EADDRNOTAVAIL:
            return Reason::unreachable;
        case EADDRINUSE:
            return Reason::in_use;
        case EACCES:
        case EPERM:
            return Reason::permission;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            return Reason::limit;
        case ECANCELED:
            return Reason::cancelled;
        default:
            return Reason::failed;
    }
}

std::string errno_text(int error) {
    char buffer[128];
    return ::strerror_r(error, buffer, sizeof buffer);
}

}  // namespace earshot
