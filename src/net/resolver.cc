#include "net/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"

namespace earshot::net {

namespace {

Error in_words(const std::string& host, const HostAnswer& answer) {
    const std::string why =
        answer.problem == EAI_SYSTEM ? errno_text(answer.system_error) : std::string(::gai_strerror(answer.problem));
    switch (answer.problem) {
        case EAI_AGAIN:
        case EAI_FAIL:
        case EAI_MEMORY:
        case EAI_SYSTEM:
            return {Reason::unknown_host,
                    tr_format("the address of {} could not be asked for ({}): check the network and its name server, "
                              "then try again",
                              host, why)};
        default:
            return {Reason::unknown_host,
                    tr_format("unknown host {} ({}): check how it is written, or give its address", host, why)};
    }
}

}  // namespace

HostAnswer look_up_host(const std::string& host) {
    HostAnswer answer;
    if (host.empty() || host.find('\0') != std::string::npos) {
        answer.problem = EAI_NONAME;
        return answer;
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    // Not AI_ADDRCONFIG: it hides the loopback addresses of a machine that is not on a network.
    const bool ascii = std::all_of(host.begin(), host.end(), [](char c) { return static_cast<signed char>(c) > 0; });
    if (!ascii) hints.ai_flags |= AI_IDN;
    addrinfo* list = nullptr;
    answer.problem = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    answer.system_error = errno;
    if (answer.problem != 0) return answer;
    for (const addrinfo* each = list; each; each = each->ai_next) {
        Endpoint found = Endpoint::of_sockaddr(each->ai_addr, each->ai_addrlen);
        auto& all = answer.addresses;
        if (found.is_ip() && std::find(all.begin(), all.end(), found) == all.end()) all.push_back(std::move(found));
    }
    ::freeaddrinfo(list);
    if (answer.addresses.empty()) answer.problem = EAI_NONAME;
    return answer;
}

// One look-up, held by the resolver and by the thread.
struct Resolver::Query {
    std::string host;
    HostAnswer found;  // written by the thread before it posts, read by the loop after
    Done done;         // the loop's thread only; empty: cancelled
    std::mutex mutex;
    Loop* loop = nullptr;  // guarded by mutex; null: cancelled, nobody is there to post to
};

Resolver::Resolver(Loop& loop, LookUp look_up) : loop_(loop), look_up_(look_up) {}

Resolver::~Resolver() { cancel(); }

void Resolver::answer(Query& query) {
    if (!query.done) return;
    const Done done = std::exchange(query.done, {});
    if (query.found.problem != 0) return done(in_words(query.host, query.found));
    done(std::move(query.found.addresses));
}

void Resolver::resolve(std::string host, Done done) {
    cancel();
    query_ = std::make_shared<Query>();
    query_->host = std::move(host);
    query_->done = std::move(done);
    query_->loop = &loop_;
    const auto run = [query = query_, look_up = look_up_] {
        query->found = look_up(query->host);
        const std::lock_guard lock(query->mutex);
        if (query->loop) query->loop->post([query] { answer(*query); });
    };
    try {
        std::thread(run).detach();
    } catch (const std::system_error& problem) {
        query_->found = {EAI_SYSTEM, problem.code().value(), {}};
        loop_.post([query = query_] { answer(*query); });
    }
}

void Resolver::cancel() {
    if (!query_) return;
    query_->done = {};
    {
        const std::lock_guard lock(query_->mutex);
        query_->loop = nullptr;
    }
    query_.reset();
}

}  // namespace earshot::net
