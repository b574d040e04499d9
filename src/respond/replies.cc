#include "respond/replies.h"

#include "base/i18n.h"
#include "respond/broadcast.h"
#include "respond/chat.h"
#include "respond/echo.h"
#include "respond/exec.h"
#include "respond/relay.h"
#include "respond/rules.h"

namespace earshot::respond {

namespace {

using Made = Result<std::unique_ptr<talk::Responder>>;

template <typename T>
Made make(std::string_view, const Means&) {
    return std::unique_ptr<talk::Responder>(std::make_unique<T>());
}

Made make_relay(std::string_view target, const Means& means) {
    auto aimed = means.aim(target);
    if (!aimed) return aimed.error();
    return std::unique_ptr<talk::Responder>(std::make_unique<Relay>(means.loop, std::move(*aimed)));
}

template <auto parse>
Made make_exec(std::string_view argument, const Means& means) {
    auto command = parse(argument);
    if (!command) return command.error();
    return std::unique_ptr<talk::Responder>(std::make_unique<Exec>(means.loop, means.programs, std::move(*command)));
}

constexpr Reply kReplies[] = {
    {"none", "", msgid("answer nothing by itself"), [](std::string_view, const Means&) { return Made(nullptr); }},
    {"echo", "", msgid("send back what a caller sends"), make<Echo>},
    {"broadcast", "", msgid("send what one caller sends to all the others"), make<Broadcast>},
    {"chat", "", msgid("let callers talk in rooms, each in his own encoding"), make<Chat>, true},
    {"rules", "FILE", msgid("answer by the rules of a file"),
     [](std::string_view file, const Means&) { return Rules::open(file); }, false, false, true},
    {"relay", "TARGET", msgid("call a target for each caller and pass on what they say"), make_relay, false, true},
    {"exec", "CMD", msgid("run a program for each caller, who is its standard input and output"),
     make_exec<Exec::parse>},
    {"exec-shell", "CMD", msgid("the same with /bin/sh, which makes of CMD what it does"),
     make_exec<Exec::parse_for_shell>},
    {"exec-pty", "CMD", msgid("the same with a terminal of its own"), make_exec<Exec::parse_for_terminal>},
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
