#include "respond/replies.h"

#include "base/i18n.h"
#include "respond/broadcast.h"
#include "respond/chat.h"
#include "respond/echo.h"
#include "respond/rules.h"

namespace earshot::respond {

namespace {

using Made = Result<std::unique_ptr<talk::Responder>>;

template <typename T>
Made make(std::string_view) {
    return std::unique_ptr<talk::Responder>(std::make_unique<T>());
}

constexpr Reply kReplies[] = {
    {"none", "", msgid("answer nothing by itself"), [](std::string_view) { return Made(nullptr); }},
    {"echo", "", msgid("send back what a caller sends"), make<Echo>},
    {"broadcast", "", msgid("send what one caller sends to all the others"), make<Broadcast>},
    {"chat", "", msgid("let callers talk in rooms, each in his own encoding"), make<Chat>, true},
    {"rules", "FILE", msgid("answer by the rules of a file"), Rules::open},
};

}  // namespace

std::span<const Reply> replies() { return kReplies; }

const Reply* find_reply(std::string_view name) {
    for (const Reply& reply : kReplies) {
        if (name == reply.name) return &reply;
    }
    return nullptr;
}

ReplyChoice parse_reply(std::string_view text) {
    const std::size_t colon = text.find(':');
    const Reply* const reply = find_reply(text.substr(0, colon));
    const std::string_view argument = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    if (!reply || argument.empty() != (reply->argument[0] == '\0')) return {};
    if (argument.empty() && colon != std::string_view::npos) return {};
    return {reply, argument};
}

}  // namespace earshot::respond
