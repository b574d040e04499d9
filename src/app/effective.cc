#include "app/effective.h"

#include "respond/replies.h"

namespace earshot::app {

Effective effective(Mode mode, const Options& options) {
    const respond::Reply* const reply = respond::find_reply(options.reply);
    const bool chats = reply && reply->is_text;
    const bool console = mode == Mode::console || mode == Mode::view;
    const char* encoding = chats ? "auto" : options.json ? "utf-8" : console ? "auto" : "bytes";
    Effective holds;
    holds.recv_encoding = options.recv_encoding.value_or(encoding);
    holds.send_encoding = options.send_encoding.value_or(encoding);
    if (options.verb == Verb::tap) {
        if (options.ladder.client_encoding) holds.recv_encoding = *options.ladder.client_encoding;
        if (options.ladder.server_encoding) holds.send_encoding = *options.ladder.server_encoding;
    }
    holds.frame = options.frame.value_or(console || chats ? "line" : "chunk");
    holds.eol = options.eol.value_or(options.json && !chats ? "none" : "lf");
    holds.verify = options.tls.verify.value_or(options.verb == Verb::listen ? TlsVerify::none : TlsVerify::peer);
    return holds;
}

}  // namespace earshot::app
