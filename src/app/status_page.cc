#include "app/status_page.h"

#include <pthread.h>

#include <csignal>
#include <system_error>

#include "base/i18n.h"
#include "net/wait.h"
#include "view/exposition.h"

namespace earshot::app {

namespace {
constexpr Millis kPatience{2000};  // with a loop that does not answer: it is stuck by then
}

// One question put to every loop, until all have answered or one has not for too long.
struct StatusPage::Roll {
    Roll(StatusPage& asker, std::uint64_t own, http::Server::Reply to)
        : page(asker), number(own), reply(std::move(to)), missing(asker.sources_.loops.size()) {
        page.loop_.timers().set(patience, page.loop_.clock().now() + kPatience);
    }
    void answered(const std::string& why_not) {
        if (objection.empty()) objection = why_not;
        if (--missing == 0) finish();
    }
    void finish() {
        if (missing > 0) objection = "no answer for 2 seconds";
        reply(objection.empty() ? http::Response{200, "ok\n"} : http::Response{503, objection + "\n"});
        page.rolls_.erase(number);
    }

    StatusPage& page;
    const std::uint64_t number;
    const http::Server::Reply reply;
    std::size_t missing;
    std::string objection;
    net::Wait<Roll> patience{*this, &Roll::finish};
};

StatusPage::StatusPage(Sources sources) : sources_(std::move(sources)) {}

Result<std::unique_ptr<StatusPage>> StatusPage::open(const net::Target& where, net::ListenOptions listen,
                                                     Sources sources) {
    std::unique_ptr<StatusPage> page(new StatusPage(std::move(sources)));
    auto server = http::Server::open(page->loop_, where, std::move(listen),
                                     [&page = *page](const http::Request& request, const http::Server::Reply& reply) {
                                         page.answer(request, reply);
                                     });
    if (!server) return server.error();
    page->server_ = std::move(*server);
    page->addresses_ = page->server_->addresses();
    // Signals are the main thread's.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::error_code refused;
    try {
        page->thread_ = std::thread([&loop = page->loop_] { loop.run(); });
    } catch (const std::system_error& error) {
        refused = error.code();
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (refused) return Error{Reason::limit, tr_format("the system has no thread for it: {}", refused.message())};
    return page;
}

StatusPage::~StatusPage() {
    if (!thread_.joinable()) return;
    loop_.stop_soon();
    thread_.join();
}

void StatusPage::answer(const http::Request& request, const http::Server::Reply& reply) {
    if (request.path == "/metrics") return reply({200, metrics_text(sources_), view::Exposition::kType});
    if (request.path == "/livez") return call_roll(false, reply);
    if (request.path == "/readyz") return call_roll(true, reply);
    reply({404, "there are /metrics, /livez and /readyz\n"});
}

void StatusPage::call_roll(bool asks_ready, const http::Server::Reply& reply) {
    const std::uint64_t number = ++last_roll_;
    rolls_.emplace(number, std::make_unique<Roll>(*this, number, reply));
    for (const Sources::Asked& each : sources_.loops) {
        each.loop->post([this, number, &each, asks_ready] {
            loop_.post([this, number, why_not = asks_ready ? each.not_ready() : std::string()] {
                if (const auto roll = rolls_.find(number); roll != rolls_.end()) roll->second->answered(why_not);
            });
        });
    }
}

}  // namespace earshot::app
