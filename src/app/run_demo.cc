// earshot demo: the lesson's conversation, held by two real ends over a real loopback connection, and what each of the
// two would see on his screen. Nothing in it is told beforehand but what the two type.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "app/host.h"
#include "app/running.h"
#include "app/terminal_charset.h"
#include "base/i18n.h"
#include "text/encoding.h"
#include "text/safe.h"
#include "text/width.h"
#include "view/ladder/columns.h"
#include "view/ladder/text_ladder.h"

namespace earshot::app {

namespace {

constexpr int kColumn = 38;          // two screens and a rule between them in 80 columns
constexpr Millis kPatience{10'000};  // loopback needs a few milliseconds

std::string padded(std::string_view text) {
    const std::string_view cut = text::cut_to_width(text, kColumn);
    return std::string(cut) + std::string(static_cast<std::size_t>(kColumn - text::text_width(cut)), ' ');
}

void print_row(std::string_view left, std::string_view right) {
    const std::string row = fmt::format(" {}| {}", padded(left), text::cut_to_width(right, kColumn));
    std::fprintf(stdout, "%s\n", for_people(row).c_str());
}

// One end's screen: its Events as rows in its column, and a call for each that lets the script go on.
class DemoScreen final : public model::EventSink {
  public:
    DemoScreen(bool left, const char* peer_label) : left_(left), peer_label_(peer_label) {}

    std::function<void(const model::Event&)> then;

    void row(std::string_view text) const { left_ ? print_row(text, "") : print_row("", text); }
    // What may be longer than the column.
    void rows(const std::string& text) const {
        for (const std::string& part : view::wrapped(text, kColumn)) row(part);
    }
    void typed(std::string_view text) const { row(">>>:" + std::string(text)); }
    void take(const model::Event& event) override {
        if (const auto* listening = std::get_if<model::Listening>(&event.body)) {
            row(tr_format("-- listening on {}:{}", listening->address, listening->port));
        } else if (const auto* opened = std::get_if<model::Opened>(&event.body)) {
            row(left_ ? tr_format("-- client is here: {}", opened->peer)
                      : tr_format("-- connected to {}", opened->peer));
        } else if (const auto* message = std::get_if<model::Message>(&event.body)) {
            row(peer_label_ + text::safe_line(message->text));
            row(tr_format("   ({} bytes of {})", message->bytes.size(), message->encoding));
        } else if (const auto* half = std::get_if<model::HalfClosed>(&event.body)) {
            row(half->direction == model::Direction::in ? tr("-- the other end has finished (FIN)")
                                                        : tr("-- you have finished (FIN)"));
        } else if (const auto* closed = std::get_if<model::Closed>(&event.body)) {
            row(tr_format("-- {}: received {} bytes, sent {}", reason_name(closed->reason), closed->received,
                          closed->sent));
        } else if (const auto* fault = std::get_if<model::Fault>(&event.body)) {
            rows("!! " + fault->message);
        }
        if (then) then(event);
    }

  private:
    bool left_;
    const char* peer_label_;
};

class Patience final : public Timer {
  public:
    explicit Patience(net::Loop& loop) : loop_(loop) { loop.timers().set(*this, loop.clock().now() + kPatience); }

  private:
    void on_timer() override { loop_.stop_soon(); }
    net::Loop& loop_;
};

Run end_of(Options& options, Verb verb, const char* receive, const char* send) {
    options.verb = verb;
    options.target.host = "127.0.0.1";
    options.once = verb == Verb::listen;
    return {options, {.recv_encoding = receive, .send_encoding = send, .frame = "chunk", .eol = "none"}};
}

// Whose turn it is to type what. There are no turns in TCP: the client's second line does not wait for an answer.
class Lesson {
  public:
    Lesson(net::Loop& loop, const Options& options)
        : loop_(loop),
          server_run_(end_of(server_options_, Verb::listen, "utf-8", "gbk")),
          client_run_(end_of(client_options_, Verb::connect, "gbk", "utf-8")) {
        client_options_.ladder = options.ladder;
        client_options_.ladder.live = true;
    }

    int hold() {
        server_ = make(server_run_, &server_screen_);
        if (!server_) return 1;
        client_screen_.then = [this](const model::Event& event) { client_saw(event); };
        server_screen_.then = [this](const model::Event& event) { server_saw(event); };
        loop_.set_after_batch([this] {
            server_->finish_batch();
            if (client_) client_->finish_batch();
        });
        print_row(tr("the server's screen (sends GBK)"), tr("the client's screen (sends UTF-8)"));
        print_row(std::string(kColumn, '-'), std::string(kColumn, '-'));
        if (const Status started = server_->start(server_run_.holds); !started) return tell(started.error().message), 1;
        const Patience patience(loop_);
        loop_.run();
        return finished_ == 2 ? 0 : 1;
    }
    // The same conversation as its segments: the client's ladder.
    void print_ladder(bool explain) const {
        view::LadderLook look;
        look.explain = explain;
        view::TextLadder ladder(std::move(look));
        ladder.decode_as(trace::End::client, text::find_encoding("utf-8"));
        ladder.decode_as(trace::End::server, text::find_encoding("gbk"));
        bool begun = false;
        for (const model::Traced& part : ladder_) {
            std::string lines;
            if (!std::exchange(begun, true)) lines = ladder.begin(part.heading);
            for (const trace::Row& row : part.rows) lines += ladder.row(row);
            std::fputs(for_people(lines).c_str(), stdout);
        }
    }

  private:
    std::unique_ptr<Host> make(const Run& run, model::EventSink* sink) {
        auto session = session_options(run.options, run.holds);
        if (!session) return tell(session.error().message), nullptr;
        return std::make_unique<Host>(loop_, run.options, std::move(*session), Host::Manner{.stays_after_end = true},
                                      sink);
    }
    void type(Host& host, const DemoScreen& screen, const char* text) {
        screen.typed(text);
        host.give({.body = model::SendText{text}});
    }
    // Answers are typed after the batch in which the question came: a sink must not call back.
    void later(std::function<void()> work) { loop_.post(std::move(work)); }

    void server_saw(const model::Event& event) {
        if (const auto* listening = std::get_if<model::Listening>(&event.body)) {
            client_options_.target.port = listening->port;
            later([this] {
                client_ = make(client_run_, &client_screen_);
                if (!client_ || !client_->start(client_run_.holds)) loop_.stop_soon();
            });
        } else if (std::holds_alternative<model::Message>(event.body)) {
            const char* answers[] = {"听得见，请讲。", "再见，常来！"};
            if (heard_ < 2) later([this, answer = answers[heard_]] { type(*server_, server_screen_, answer); });
            ++heard_;
        } else if (std::holds_alternative<model::HalfClosed>(event.body) && heard_ < 9) {
            heard_ = 9;  // his FIN ends one half only: the server still speaks, then ends its own
            later([this] {
                type(*server_, server_screen_, "你的半边关了，我的还开着。");
                server_->give({.body = model::HalfClose{}});
            });
        } else {
            note_end(event);
        }
    }
    void client_saw(const model::Event& event) {
        if (const auto* rows = std::get_if<model::Traced>(&event.body)) return ladder_.push_back(*rows);
        if (std::holds_alternative<model::Opened>(event.body)) {
            later([this] { type(*client_, client_screen_, "你好，服务器！听得见吗？"); });
        } else if (std::holds_alternative<model::Message>(event.body)) {
            if (++answers_ == 1) later([this] { type(*client_, client_screen_, "汉字一个也没有断：龘靐齉。"); });
            if (answers_ == 2) later([this] { client_->give({.body = model::HalfClose{}}); });
        } else {
            note_end(event);
        }
    }
    void note_end(const model::Event& event) {
        const auto* closed = std::get_if<model::Closed>(&event.body);
        if (!closed) return;
        finished_ += closed->reason == Reason::closed ? 1 : 10;
        if (++ends_ == 2) later([this] { client_->stop(); });  // not before its ladder is complete
    }

    net::Loop& loop_;
    Options server_options_, client_options_;
    Run server_run_, client_run_;
    DemoScreen server_screen_{true, tr("client: ")}, client_screen_{false, tr("server: ")};
    std::unique_ptr<Host> server_, client_;
    std::vector<model::Traced> ladder_;
    int heard_ = 0, answers_ = 0, finished_ = 0, ends_ = 0;
};

}  // namespace

int run_demo(const Options& options) {
    SystemClock clock;
    net::Loop loop(clock);
    Lesson lesson(loop, options);
    const int status = lesson.hold();
    if (status != 0) return tell(tr("the demonstration's two ends did not finish their conversation")), status;
    std::printf("\n%s\n\n", for_people(tr("The same conversation, segment by segment:")).c_str());
    lesson.print_ladder(options.ladder.explain);
    // As it was called: after `make run` it lies in no directory of the search path yet.
    const std::string rest =
        fmt::format("\n{}\n\n{}\n  {} listen 8888\n{}\n  {} connect localhost 8888\n\n{}\n",
                    tr("Both ends were real: one TCP connection, UTF-8 one way and GBK the other."),
                    tr("To answer by hand, in one terminal:"), program_invocation_name, tr("To call, in another:"),
                    program_invocation_name, tr("/help lists what you can do there; earshot --help the rest."));
    std::fputs(for_people(rest).c_str(), stdout);
    return 0;
}

}  // namespace earshot::app
