#include "respond/broadcast.h"

#include <utility>

#include "talk/shard.h"

namespace earshot::respond {

using Parcel = talk::FanOut::Parcel;

void Broadcast::reach_the_others(talk::Shard& shard) {
    mail_ = shard.mail();
    callers_.set_on_parcel([this](const std::shared_ptr<const Parcel>& parcel) {
        mail_->write_to_others(parcel->size,
                               [parcel](talk::Shard& there, const std::shared_ptr<talk::Receipt>& receipt) {
                                   static_cast<Broadcast*>(there.responder())->callers_.say(parcel, receipt);
                               });
        mail_->send();
    });
}

void Broadcast::opened(talk::Session& session) {
    if (session.shard().mail() && !mail_) reach_the_others(session.shard());
    callers_.join(session);
}

void Broadcast::message(talk::Session& session, const talk::Received& message) {
    callers_.say(&session, message.bytes);
    if (mail_) mail_->hold_while_ahead(session);
}

// He may go on listening; --on-fin close sends him away.
void Broadcast::half_closed(talk::Session&) {}

}  // namespace earshot::respond
