#include "respond/replies.h"

#include "base/i18n.h"
#include "respond/broadcast.h"
#include "respond/chat.h"
#include "respond/echo.h"

namespace earshot::respond {

namespace {

template <typename T>
std::unique_ptr<talk::Responder> make() {
    return std::make_unique<T>();
}

constexpr Reply kReplies[] = {
    {"none", msgid("answer nothing by itself"), [] { return std::unique_ptr<talk::Responder>(); }},
    {"echo", msgid("send back what a caller sends"), make<Echo>},
    {"broadcast", msgid("send what one caller sends to all the others"), make<Broadcast>},
    {"chat", msgid("let callers talk in rooms, each in his own encoding"), make<Chat>, true},
};

}  // namespace

std::span<const Reply> replies() { return kReplies; }

const Reply* find_reply(std::string_view name) {
    for (const Reply& reply : kReplies) {
        if (name == reply.name) return &reply;
    }
    return nullptr;
}

}  // namespace earshot::respond
