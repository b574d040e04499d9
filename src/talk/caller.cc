#include "talk/caller.h"

#include <utility>

namespace earshot::talk {

Caller::Caller(net::Loop& loop, Shard& shard, net::CallOptions options, std::optional<Millis> retry)
    : loop_(loop), shard_(shard), call_(loop, std::move(options)), retry_(retry) {}

Caller::~Caller() = default;

void Caller::call() {
    if (calling_ || talking_ || stopped_) return;
    cancel();
    calling_ = true;
    id_ = shard_.reserve_id();
    std::string name = call_.options().target.text();
    if (call_.options().tls) name = "tls://" + name;
    shard_.emit(id_, "", model::Dialing{std::move(name), ++attempt_});
    call_.start([this](Result<std::unique_ptr<net::Connection>> connection) { answered(std::move(connection)); });
}

void Caller::answered(Result<std::unique_ptr<net::Connection>> connection) {
    calling_ = false;
    if (!connection) {
        shard_.emit(id_, "", model::Closed{connection.error().reason, connection.error().message, 0, 0});
        return over(connection.error().reason);
    }
    talking_ = true;
    attempt_ = 0;
    shard_.adopt(std::move(*connection), id_);
}

void Caller::ended(Reason reason) {
    talking_ = false;
    over(reason);
}

void Caller::over(Reason reason) {
    if (retry_ && !stopped_) {
        loop_.timers().set(*this, loop_.clock().now() + *retry_);
    } else if (on_over_) {
        on_over_(reason);
    }
}

void Caller::on_timer() { call(); }

void Caller::stop() {
    stopped_ = true;
    cancel();
    if (std::exchange(calling_, false)) call_.cancel();
}

}  // namespace earshot::talk
