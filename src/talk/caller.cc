#include "talk/caller.h"

#include <utility>

#include "base/i18n.h"
#include "talk/tracer.h"

namespace earshot::talk {

Caller::Caller(net::Loop& loop, Shard& shard, net::CallOptions options, std::optional<Millis> retry)
    : loop_(loop), shard_(shard), call_(loop, watched(std::move(options))), retry_(retry) {}

Caller::~Caller() = default;

// A ladder begins before the SYN leaves.
net::CallOptions Caller::watched(net::CallOptions options) {
    options.dial.on_attempt = [this](const net::Endpoint& peer) {
        if (Tracer* const tracer = shard_.tracer()) tracer->calling(id_, peer);
    };
    options.dial.on_attempt_left = [this](const net::Endpoint& peer, const net::Endpoint& local) {
        if (Tracer* const tracer = shard_.tracer()) tracer->call_left(id_, peer, local);
    };
    options.dial.on_attempt_failed = [this](const net::Endpoint& peer, Reason reason) {
        if (Tracer* const tracer = shard_.tracer()) tracer->call_failed(id_, peer, reason);
    };
    return options;
}

void Caller::call() {
    if (calling_ || talking_ || stopped_) return;
    cancel();
    late_ = hung_up_ = false;
    calling_ = true;
    id_ = shard_.reserve_id();
    std::string name = call_.options().target.text();
    if (call_.options().tls) name = "tls://" + name;
    shard_.emit(id_, "", model::Dialing{std::move(name), ++attempt_, partner_});
    call_.start([this](Result<std::unique_ptr<net::Connection>> connection) { answered(std::move(connection)); });
}

void Caller::answered(Result<std::unique_ptr<net::Connection>> connection) {
    calling_ = false;
    if (!connection) {
        if (shard_.tracer()) shard_.tracer()->call_given_up(id_);
        shard_.emit(id_, "", model::Closed{connection.error().reason, connection.error().message, 0, 0});
        if (const auto failed = on_failed_) return failed(connection.error());
        return over(connection.error().reason);
    }
    talking_ = true;
    attempt_ = 0;
    shard_.adopt(std::move(*connection), id_, partner_);  // may destroy this
}

void Caller::ended(Reason reason) {
    talking_ = false;
    over(reason);
}

void Caller::over(Reason reason) {
    if (retry_ && !stopped_ && !hung_up_) {
        loop_.timers().set(*this, loop_.clock().now() + *retry_);
    } else if (on_over_) {
        on_over_(reason);
    }
}

void Caller::on_timer() {
    if (held_)
        late_ = true;
    else
        call();
}

void Caller::hold(bool hold) {
    held_ = hold;
    if (!held_ && late_) call();
}

void Caller::stop() {
    stopped_ = true;
    late_ = false;
    cancel();
    if (calling_) give_up();
}

bool Caller::hang_up() {
    const bool waits = std::exchange(late_, false) || is_set();
    hung_up_ = true;
    cancel();
    if (!calling_ && !waits) return false;
    if (calling_) give_up();
    over(Reason::cancelled);
    return true;
}

void Caller::give_up() {
    calling_ = false;
    call_.cancel();
    if (shard_.tracer()) shard_.tracer()->call_given_up(id_);
    shard_.emit(id_, "", model::Closed{Reason::cancelled, tr("the call was given up"), 0, 0});
}

}  // namespace earshot::talk
