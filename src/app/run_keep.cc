// listen --keep: standard input goes to all callers that are there, what they send goes to standard output.
#include <unistd.h>

#include <csignal>

#include "app/host.h"
#include "app/input.h"
#include "app/ladder_printer.h"
#include "app/output.h"
#include "app/running.h"
#include "app/signals.h"
#include "app/text_transform.h"
#include "base/i18n.h"
#include "text/encoder.h"
#include "text/safe.h"
#include "view/hex.h"

namespace earshot::app {

namespace {

// What callers send, to standard output: bytes, or UTF-8 where an encoding was named. A caller's malformed bytes then
// stop the program, as in a pipe of one. A terminal gets text in any case, with everything in it that is none.
class KeepSink final : public model::EventSink {
  public:
    KeepSink(Output& output, LadderPrinter ladder, bool text, bool for_terminal, bool is_logged)
        : output_(output),
          ladder_(std::move(ladder)),
          text_(text),
          for_terminal_(for_terminal),
          is_logged_(is_logged) {}
    void set_host(Host* host) { host_ = host; }
    std::function<void()> on_presence;  // somebody came or left

    bool wants_text() const override { return text_ || for_terminal_; }
    void take(const model::Event& event) override {
        if (const auto* message = std::get_if<model::Message>(&event.body)) return write(event.id, *message);
        if (const auto* rows = std::get_if<model::Traced>(&event.body)) return ladder_.print(event.id, *rows);
        const auto* fault = is_logged_ ? nullptr : std::get_if<model::Fault>(&event.body);
        if (fault && event.id) tell(fault->message);  // what is about nobody in particular the host tells
        if (const auto* closed = std::get_if<model::Closed>(&event.body);
            closed && closed->reason != Reason::closed && !is_logged_) {
            tell(tr_format("client {} has left: {}", event.id.value,
                           closed->detail.empty() ? reason_name(closed->reason) : closed->detail));
        }
        if (std::holds_alternative<model::Opened>(event.body) || std::holds_alternative<model::Closed>(event.body)) {
            on_presence();
        }
    }

  private:
    void write(SessionId id, const model::Message& message) {
        if (host_->has_failed()) return;  // what is written ends before the first thing that is missing
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
    LadderPrinter ladder_;
    Host* host_ = nullptr;
    bool text_, for_terminal_;
    bool is_logged_;  // --log tells of what goes wrong
};

// Standard input to all. Read only while somebody is connected, and no faster than the fastest of them takes it; who
// has a high-water mark waiting when another has room is sent away, so that nobody holds the others up.
class KeepRun {
  public:
    KeepRun(net::Loop& loop, const Run& run, talk::SessionOptions session)
        : run_(run),
          for_terminal_(::isatty(STDOUT_FILENO) != 0 && !run.options.raw),
          ends_(line_ends(run.options)),
          sends_text_(session.send.kind != talk::TextChoice::Kind::bytes),
          output_(loop, net::Stdio::output(), {.on_gone = [this](const Error* error) { host_.reader_gone(error); }}),
          sink_(output_, LadderPrinter(run, stderr), session.receive.kind != talk::TextChoice::Kind::bytes,
                for_terminal_, run.options.logs),
          host_(loop, run.options, for_output(std::move(session), for_terminal_),
                {.tells_stderr = true, .drains_output = true, .supervisor = run.supervisor}, &sink_),
          input_(loop, net::Stdio::input(),
                 {.on_bytes = [this](ByteView bytes) { take(bytes); },
                  .on_end = [this](const Error*) { input_ended(); }}) {
        sink_.set_host(&host_);
        sink_.on_presence = [this] { presence_changed_ = true; };
        loop.set_after_batch([this] { finish_batch(); });
    }

    Status start() { return host_.start(run_.holds); }
    void tell_failure(const Error& error) { host_.tell_failure(error); }
    void stop() { host_.stop(); }
    void reload() { host_.reload(); }
    void restart() { host_.restart(); }
    int exit_status() const { return host_.exit_status(); }
    void set_exit_status(int status) { host_.set_exit_status(status); }

  private:
    static talk::SessionOptions for_output(talk::SessionOptions session, bool for_terminal) {
        if (for_terminal) session.receive = as_text(session.receive);
        return session;
    }
    void take(ByteView bytes) {
        send_away_the_slow();
        if (sends_text_) {
            text_ += as_chars(bytes);
            const std::string whole = text_.substr(0, text_.size() - cut_character(text_));
            text_.erase(0, whole.size());
            send_text(whole);
        } else {
            std::string ended;
            ends_.rewrite(as_chars(bytes), ended);
            for_listeners([&](talk::Session& session) { session.send(as_bytes(ended)); });
        }
        all_full_ = true;
        for_listeners([this](talk::Session& session) { all_full_ &= session.is_above_high_water(); });
        if (all_full_) input_.pause();
    }
    template <typename Each>
    void for_listeners(Each each) {
        host_.shard().for_each([&](talk::Session& session) {
            if (session.may_send()) each(session);
        });
    }
    void send_away_the_slow() {
        for_listeners([](talk::Session& session) {
            if (session.is_above_high_water()) {
                session.reset(Reason::limit, tr("he did not read what was sent to him fast enough"));
            }
        });
    }
    // What one of them cannot be sent ends the program; everybody gets what stands before it.
    void send_text(std::string_view input) {
        const LineEnds before = ends_;
        std::string ended;
        ends_.rewrite(input, ended);
        std::string_view text = ended;
        const auto offset = [&] { return done_ + before.source_size(input, text.size()); };
        Status fits = Ok{};
        if (cut_before_malformed(text)) fits = not_utf8(offset());
        std::vector<std::pair<talk::Session*, std::vector<std::uint8_t>>> encoded;
        for_listeners([&](talk::Session& session) {
            auto& [to, bytes] = encoded.emplace_back(&session, std::vector<std::uint8_t>());
            const Status carried = to->encode(text, false, bytes);
            if (carried) return;
            text = text.substr(0, carried_part(session, text));
            fits = Error{carried.error().reason,
                         tr_format("{} (at offset {} of the input)", carried.error().message, offset())};
        });
        for (auto& [to, bytes] : encoded) {
            if (!fits) {  // another one's text may have been cut only after this one's was encoded
                bytes.clear();
                if (!to->encode(text, false, bytes)) continue;
            }
            to->send(bytes);
        }
        done_ += input.size();
        if (fits) return;
        input_.pause();
        host_.fail(fits.error());
    }
    // False: all of it is UTF-8.
    static bool cut_before_malformed(std::string_view& text) {
        std::vector<std::uint8_t> ignored;
        const auto refusal = text::Encoder(text::utf8()).encode(text, ignored);
        if (refusal) text = text.substr(0, refusal->text_at);
        return refusal.has_value();
    }
    // How much of `text`, whose characters are whole, this caller's encoding carries. An encoding is asked for whole
    // texts only, so the place is found by halving.
    static std::size_t carried_part(const talk::Session& session, std::string_view text) {
        const auto begins = [&](std::size_t at) { return (text[at] & '\xC0') != '\x80'; };
        std::size_t good = 0, bad = text.size();  // a prefix that is carried, one that is not
        for (;;) {
            std::size_t middle = good + (bad - good) / 2;
            while (middle > good && !begins(middle)) --middle;
            if (middle == good) {
                do ++middle;
                while (middle < bad && !begins(middle));
                if (middle >= bad) break;
            }
            std::vector<std::uint8_t> ignored;
            (session.encode(text.substr(0, middle), false, ignored) ? good : bad) = middle;
        }
        return good;
    }
    // Half a mark of room, not a byte: otherwise two callers who read alike would end each other.
    bool has_room(const talk::Session& session) const {
        return session.may_send() && session.queued() < session.shard().options().high_water / 2;
    }
    void input_ended() {
        ended_ = true;
        if (!text_.empty()) return host_.fail(cut_at_end(done_));
        if (run_.options.on_eof == OnEof::keep) return;
        if (run_.options.on_eof == OnEof::close) return host_.stop();
        presence_changed_ = true;
    }
    void finish_batch() {
        host_.settle(output_);
        if (host_.is_stopping()) return input_.pause();
        if (!std::exchange(presence_changed_, false) && !all_full_) return;
        bool somebody = false;
        host_.shard().for_each([&](talk::Session& session) {
            somebody |= all_full_ ? has_room(session) : session.may_send();
            if (ended_ && run_.options.on_eof == OnEof::finish) session.half_close();
        });
        if (somebody) all_full_ = false;
        somebody && !ended_ ? input_.start() : input_.pause();
        host_.settle(output_);
    }

    const Run& run_;
    bool for_terminal_;
    LineEnds ends_;
    bool sends_text_;
    Output output_;
    KeepSink sink_;
    Host host_;
    Input input_;
    std::string text_;    // the start of a character whose rest is not read yet
    ByteCount done_ = 0;  // bytes of standard input before it
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
    Signals signals(loop, {SIGINT, SIGTERM, SIGHUP, SIGUSR2}, [&](int signal) {
        if (signal == SIGHUP) return keep.reload();
        if (signal == SIGUSR2) return keep.restart();
        if (signal == SIGINT) keep.set_exit_status(130);
        keep.stop();
    });
    if (const Status started = keep.start(); !started) {
        keep.tell_failure(started.error());
        return started.error().reason == Reason::usage ? 2 : 1;
    }
    loop.run();
    return keep.exit_status();
}

}  // namespace earshot::app
