#include "respond/repertoire.h"

#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "respond/replies.h"
#include "text/safe.h"

namespace earshot::respond {

Repertoire::Repertoire(const Means& means, std::string reply, std::unique_ptr<talk::Responder> first) : means_(means) {
    entries_.push_back({std::move(reply), std::move(first)});
}

Result<std::size_t> Repertoire::entry_for(std::string_view reply) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].reply == reply) return i;
    }
    const ReplyChoice choice = parse_reply(reply);
    if (!choice.reply) {
        std::string known;
        for (const Reply& each : replies()) {
            known += (known.empty() ? "" : " ") + std::string(each.name) + (*each.argument ? ":" : "") + each.argument;
        }
        return Error{Reason::usage, tr_format("there is no reply “{}”; known: {}", text::safe_line(reply), known)};
    }
    auto made = choice.reply->make(choice.argument, means_);
    if (!made) return made.error();
    entries_.push_back({std::string(reply), std::move(*made)});
    return entries_.size() - 1;
}

std::vector<talk::Session*> Repertoire::answered_otherwise(talk::Shard& shard, const talk::Responder* responder) {
    std::vector<talk::Session*> callers;
    shard.for_each([&](talk::Session& session) {
        if (!session.was_called() && session.may_send() && session.responder() != responder)
            callers.push_back(&session);
    });
    return callers;
}

Status Repertoire::answer(talk::Shard& shard, SessionId caller, std::string_view reply) {
    drop_unused(shard);
    if (caller) return answer_one(shard, caller, reply);
    const ReplyChoice now = parse_reply(reply_for_all()), wanted = parse_reply(reply);
    if (wanted.reply && wanted.reply == now.reply && wanted.reply->is_file) {
        if (const Status read = for_all()->reload(wanted.argument); !read) return read;
        entries_.front().reply = reply;
    } else {
        const auto entry = entry_for(reply);
        if (!entry) return entry.error();
        if (const talk::Responder* const next = entries_[*entry].responder.get()) {
            if (const Status room = next->room_for(answered_otherwise(shard, next).size()); !room) return room;
        }
        std::swap(entries_.front(), entries_[*entry]);
    }
    shard.set_responder(for_all());
    for (talk::Session* const session : answered_otherwise(shard, for_all())) session->answer_by(for_all());
    return Ok{};
}

Status Repertoire::answer_one(talk::Shard& shard, SessionId caller, std::string_view reply) {
    talk::Session* const session = shard.find(caller);
    if (!session) return Error{Reason::usage, tr_format("there is no conversation {}", caller.value)};
    if (session->was_called()) {
        return Error{Reason::usage,
                     tr_format("conversation {} is a call for a caller: choose what answers him", caller.value)};
    }
    if (!session->may_send()) {
        return Error{Reason::closed,
                     tr_format("conversation {} is ending: nothing answers there any more", caller.value)};
    }
    const auto entry = entry_for(reply);
    if (!entry) return entry.error();
    talk::Responder* const responder = entries_[*entry].responder.get();
    if (session->responder() == responder) return Ok{};
    if (responder) {
        if (const Status room = responder->room_for(1); !room) return room;
    }
    session->answer_by(responder);
    return Ok{};
}

Result<bool> Repertoire::reload() {
    bool read_any = false;
    for (const Entry& entry : entries_) {
        const ReplyChoice choice = parse_reply(entry.reply);
        if (!entry.responder || !choice.reply || !choice.reply->is_file) continue;
        if (const Status read = entry.responder->reload(choice.argument); !read) return read.error();
        read_any = true;
    }
    return read_any;
}

void Repertoire::drop_unused(talk::Shard& shard) {
    std::vector<const talk::Responder*> used;
    shard.for_each([&](const talk::Session& session) { used.push_back(session.responder()); });
    const auto is_unused = [&](const Entry& entry) {
        const bool is_idle = !entry.responder || entry.responder->is_idle();
        return is_idle && std::find(used.begin(), used.end(), entry.responder.get()) == used.end();
    };
    entries_.erase(std::remove_if(entries_.begin() + 1, entries_.end(), is_unused), entries_.end());
}

}  // namespace earshot::respond
