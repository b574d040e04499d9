// listen --keep: standard input goes to all callers that are there, what they send goes to standard output.
#include <unistd.h>

#include <csignal>

#include "app/host.h"
#include "app/input.h"
#include "app/output.h"
#include "app/running.h"
#include "app/signals.h"
#include "base/i18n.h"
#include "talk/text_reader.h"
#include "text/safe.h"
#include "view/hex.h"

namespace earshot::app {

namespace {

// What callers send, to standard output: bytes, or UTF-8 where an encoding was named. A caller's malformed bytes then
// stop the program, as in a pipe of one.
class KeepSink final : public model::EventSink {
  public:
    KeepSink(Output& output, bool text, bool for_terminal)
        : output_(output), text_(text), for_terminal_(for_terminal) {}
    void set_host(Host* host) { host_ = host; }
    std::function<void()> on_presence;  // somebody came or left

    bool wants_text() const override { return text_ || for_terminal_; }
    void take(const model::Event& event) override {
        if (const auto* message = std::get_if<model::Message>(&event.body)) return write(event.id, *message);
        if (const auto* fault = std::get_if<model::Fault>(&event.body)) tell(fault->message);
        if (const auto* closed = std::get_if<model::Closed>(&event.body); closed && closed->reason != Reason::closed) {
            tell(tr_format("client {} has left: {}", event.id.value,
                           closed->detail.empty() ? reason_name(closed->reason) : closed->detail));
        }
        if (std::holds_alternative<model::Opened>(event.body) || std::holds_alternative<model::Closed>(event.body)) {
            on_presence();
        }
    }

  private:
    void write(SessionId id, const model::Message& message) {
        if (for_terminal_) {
            std::string safe;
            text::append_safe(message.text, message.malformed, {.reverse_video = true}, safe);
            return output_.write(safe);
        }
        if (!text_) return output_.write(as_chars(message.bytes.view()));
        if (message.malformed.empty()) return output_.write(message.text);
        const MalformedUnit& bad = message.malformed.front();
        output_.write(std::string_view(message.text).substr(0, bad.text_at));
        host_->fail({Reason::malformed,
                     tr_format("client {}: received bytes are not {}: {} at offset {}", id.value, message.encoding,
                               view::hex_groups(ByteView(bad.bytes, bad.size)), bad.raw_at)});
    }

    Output& output_;
    Host* host_ = nullptr;
    bool text_, for_terminal_;
};

// Standard input to all. Read only while somebody is connected, and no faster than the fastest of them takes it; who
// has a high-water mark waiting when another has room is sent away, so that nobody holds the others up.
class KeepRun {
  public:
    KeepRun(net::Loop& loop, const Run& run, talk::SessionOptions session)
        : run_(run),
          for_terminal_(::isatty(STDOUT_FILENO) != 0 && !run.options.raw),
          sends_text_(session.send.kind != talk::TextChoice::Kind::bytes),
          output_(loop, net::Stdio::output(),
                  {.on_drained = [this] { host_.shard().hold_reading(false); },
                   .on_gone =
                       [this](const Error* error) {
                           if (error)
                               host_.fail(*error);
                           else
                               host_.stop();
                       }}),
          sink_(output_, session.receive.kind != talk::TextChoice::Kind::bytes, for_terminal_),
          host_(loop, run.options, std::move(session), {.tells_stderr = true}, &sink_),
          input_(loop, net::Stdio::input(),
                 {.on_bytes = [this](ByteView bytes) { take(bytes); },
                  .on_end = [this](const Error*) { input_ended(); }}) {
        sink_.set_host(&host_);
        sink_.on_presence = [this] { presence_changed_ = true; };
        loop.set_after_batch([this] { finish_batch(); });
    }

    Status start() { return host_.start(run_.holds); }
    void stop() { host_.stop(); }
    void reload() { host_.reload(); }
    int exit_status() const { return host_.exit_status(); }
    void set_exit_status(int status) { host_.set_exit_status(status); }
    void flush() { output_.flush(); }

  private:
    void take(ByteView bytes) {
        if (!sends_text_) return send(model::SendBytes{{bytes.begin(), bytes.end()}});
        text_ += as_chars(bytes);
        const std::size_t whole = whole_characters(text_);
        send(model::SendText{text_.substr(0, whole)});
        text_.erase(0, whole);
    }
    static std::size_t whole_characters(std::string_view text) {
        std::size_t end = text.size();
        for (int back = 0; back < 3 && end > 0 && (text[end - 1] & '\xC0') == '\x80'; ++back) --end;
        if (end == 0 || !(text[end - 1] & '\x80')) return text.size();
        const auto lead = static_cast<std::uint8_t>(text[end - 1]);
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        return text.size() - (end - 1) >= length ? text.size() : end - 1;
    }
    void send(model::CommandBody body) {
        host_.shard().for_each([](talk::Session& session) {
            if (session.may_send() && session.is_above_high_water()) {
                session.reset(Reason::limit, tr("he did not read what was sent to him fast enough"));
            }
        });
        model::Command command;
        command.all = true;
        command.body = std::move(body);
        host_.give(std::move(command));
        all_full_ = true;
        host_.shard().for_each([this](talk::Session& session) {
            if (session.may_send() && !session.is_above_high_water()) all_full_ = false;
        });
        if (all_full_) input_.pause();
    }
    // Half a mark of room, not a byte: otherwise two callers who read alike would end each other.
    bool has_room(const talk::Session& session) const {
        return session.may_send() && session.queued() < session.shard().options().high_water / 2;
    }
    void input_ended() {
        ended_ = true;
        if (run_.options.on_eof == OnEof::keep) return;
        if (run_.options.on_eof == OnEof::close) return host_.stop();
        presence_changed_ = true;
    }
    void finish_batch() {
        host_.finish_batch();
        if (std::exchange(presence_changed_, false) || all_full_) {
            bool somebody = false;
            host_.shard().for_each([&](talk::Session& session) {
                somebody |= all_full_ ? has_room(session) : session.may_send();
                if (ended_ && run_.options.on_eof == OnEof::finish) session.half_close();
            });
            if (somebody) all_full_ = false;
            somebody && !ended_ ? input_.start() : input_.pause();
            host_.finish_batch();
        }
        output_.flush();
        if (output_.is_full()) host_.shard().hold_reading(true);
    }

    const Run& run_;
    bool for_terminal_, sends_text_;
    Output output_;
    KeepSink sink_;
    Host host_;
    Input input_;
    std::string text_;  // the start of a character whose rest is not read yet
    bool ended_ = false, presence_changed_ = false;
    bool all_full_ = false;  // nobody has room: standard input waits
};

}  // namespace

int run_keep(const Run& run) {
    auto session = session_options(run.options, run.holds);
    if (!session) return tell(session.error().message), 2;
    session->eol.clear();  // standard input has its own line ends
    SystemClock clock;
    net::Loop loop(clock);
    KeepRun keep(loop, run, std::move(*session));
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP}, [&](int signal) {
        if (signal == SIGHUP) return keep.reload();
        if (signal == SIGINT) keep.set_exit_status(130);
        keep.stop();
    });
    if (const Status started = keep.start(); !started) {
        tell(started.error().message);
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    loop.run();
    keep.flush();
    return keep.exit_status();
}

}  // namespace earshot::app
