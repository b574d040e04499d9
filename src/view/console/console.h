// A conversation in a terminal: Events and keys in, Commands and terminal output out. It calls nobody but the
// CommandSink, reads no clock but the one given, and touches no descriptor: whoever drives it (app/terminal.h) does.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "model/command.h"
#include "model/event.h"
#include "text/width.h"
#include "view/console/held.h"
#include "view/console/screen.h"
#include "view/editor/history.h"
#include "view/editor/keys.h"
#include "view/editor/line_editor.h"
#include "view/editor/row.h"
#include "view/presentation.h"
#include "view/time_prefix.h"

namespace earshot::view {

struct ConsoleOptions {
    bool listening = false;  // labels and who is addressed: callers, or the server
    Presentation presentation;
    std::string receive = "auto";  // encodings and framing in force when a conversation opens
    std::string send = "auto";
    std::string frame = "line";
    std::string eol = "lf";
    bool addresses_all = false;   // lines go to all from the beginning: callers talk with each other
    bool explain = false;         // a sentence a step in ladders
    std::optional<Millis> retry;  // connect: calls again by itself, after so long
    int columns = 80;
    text::Ambiguous ambiguous = text::Ambiguous::narrow;
};

struct ConsoleCommand;
class TextLadder;

class Console final : public model::EventSink {
  public:
    // All outlive the console.
    Console(ConsoleOptions options, const Clock& clock, model::CommandSink& commands, History& history);
    ~Console() override;

    void take(const model::Event& event) override;
    bool wants_unfinished() const override { return true; }

    void type(std::string_view bytes);  // from the terminal, in any pieces
    void resize(int columns);
    // The terminal was written to by somebody else: draw all live rows again.
    void redraw() { screen_.forget(), dirty_ = true; }
    // What it holds for /again counts there from now on: to be said before the first event.
    void share_memory(std::shared_ptr<MemoryBound> memory) { held_.share(std::move(memory)); }
    // Memory is short: of what is held for /again the oldest goes, where there is most of it.
    void give_way();
    // A line of the program's own above the prompt: a warning before or between conversations.
    void say(std::string_view text);
    // What is due by now: a lone Escape, /every. Call when next_wake() has come, before draw().
    void tick();
    // `can_draw` false: the terminal takes nothing now, so that no drawing is waited for.
    std::optional<SteadyTime> next_wake(bool can_draw = true) const;
    // Terminal output that is due by now: at most 50 times a second, empty in between.
    std::string draw();
    // All that is still to be shown, and the live rows taken away.
    std::string leave();

  private:
    friend struct ConsoleCommand;
    friend std::span<const ConsoleCommand> console_commands();

    // A conversation as the console knows it: from Events alone.
    struct Talker {
        std::string peer;
        std::string name, room;  // as a responder calls him; fit to be shown
        std::string device;      // its name; empty: it has said none
        SessionId called_for{};  // a server, called for this caller; none: a caller himself, or one called for us
        std::string reply;       // what answers him by itself, as --reply; empty: he is a call of ours
        bool peer_finished = false, self_finished = false;
        std::string receive, send, frame, eol;  // as set
        std::string decoded_as;                 // of the last message
        Held held;
        std::optional<std::string> unfinished;  // the row of a message under way
        std::uint64_t messages = 0;
        ByteCount bytes = 0;

        // The name of the encoding that `set` comes to: of `auto` what was found out, UTF-8 as long as nothing was.
        std::string in_force(const std::string& set) const {
            if (set != "auto") return set;
            return decoded_as.empty() ? "utf-8" : decoded_as;
        }
    };
    enum class To : std::uint8_t { nobody, one, all };
    enum class From : std::uint8_t { editor, paste, other };
    // A line on its way: whoever it is from keeps it until the answer, keys wait.
    enum class Answer : std::uint8_t { none, refused, sent };
    struct Pending {
        std::string ref;
        From from = From::other;
        std::string shown;  // printed once it is sent
        Answer answer = Answer::none;
    };
    // A pasted block on its way: line by line, or as one.
    struct Block {
        std::string text;
        std::size_t at = 0;  // byte where the line begins that is next, or on its way
        bool by_lines = true;

        std::size_t end() const;  // of that line
    };
    struct Repeat {
        Millis every{0};
        SteadyTime next{};
        model::Command command;
        std::string text;
    };

    // --- events (console.cc)
    void on(const model::Event& event, const model::Listening& body);
    void on(const model::Event& event, const model::Dialing& body);
    void on(const model::Event& event, const model::Opened& body);
    void on(const model::Event& event, const model::Message& body);
    void on(const model::Event& event, const model::Unfinished& body);
    void on(const model::Event& event, const model::HalfClosed& body);
    void on(const model::Event& event, const model::Closed& body);
    void on(const model::Event& event, const model::Fault& body);
    void on(const model::Event& event, const model::Sent& body);
    void on(const model::Event& event, const model::EncodingChanged& body);
    void on(const model::Event& event, const model::FramingChanged& body);
    void on(const model::Event& event, const model::EolChanged& body);
    void on(const model::Event& event, const model::Named& body);
    void on(const model::Event& event, const model::Dropped& body);
    void on(const model::Event& event, const model::DeviceNamed& body);
    void on(const model::Event& event, const model::Diagnostic& body);
    void on(const model::Event& event, const model::ReplyChanged& body);
    void on(const model::Event& event, const model::Traced& body);
    void on(const model::Event& event, const model::Accounts& body);
    void on(const model::Event& event, const model::Stopped& body);
    TextLadder& ladder_of(SessionId id, const model::Traced& told);
    void show_message(SessionId id, WallTime time, std::string_view text, std::span<const MalformedUnit> malformed,
                      ByteView bytes, bool has_text);
    // Prints the held messages from `from_seq` on, decoded anew; those that have `find` in them where it is not empty.
    std::size_t show_again(SessionId id, std::uint64_t from_seq, std::string_view find);

    // --- keys (console_keys.cc)
    void take_keys();
    void press(const Key& key);
    void answer_paste(const Key& key);
    void line_accepted();
    void run_command(std::string_view line);
    bool send_text(std::string text, From from);  // false: to nobody, and said so
    void send(model::Command command, std::string shown, From from);
    bool address(model::Command& command);
    void send_next_of_block();
    void put_back_block();
    void ask_about_the_rest();
    void answered(const std::string& ref, Answer answer);
    void settle(const std::string& ref);  // the answer to that command is known, if it is
    Completion complete(std::string_view line, std::size_t cursor) const;

    // --- commands (console_commands.cc)
    void help(std::string_view arguments);
    void who(std::string_view arguments);
    void to(std::string_view arguments);
    void close(std::string_view arguments);
    void half(std::string_view arguments);
    void rst(std::string_view arguments);
    void encoding(std::string_view arguments);
    void eol(std::string_view arguments);
    void frame(std::string_view arguments);
    void view(std::string_view arguments);
    void time(std::string_view arguments);
    void hex(std::string_view arguments);
    void file(std::string_view arguments);
    void every(std::string_view arguments);
    void find(std::string_view arguments);
    void again(std::string_view arguments);
    void ladder(std::string_view arguments);
    void stats(std::string_view arguments);
    void reply(std::string_view arguments);
    void reconnect(std::string_view arguments);
    void quit(std::string_view arguments);
    void leave_with(model::Quit quit);
    void steer(std::string_view arguments, model::CommandBody body);
    std::optional<SessionId> conversation(std::string_view arguments);

    // --- drawing (console.cc)
    std::string who_is(SessionId id) const;
    std::string label(SessionId id) const;
    std::string prompt_for(SessionId id) const;
    std::string addressee() const;
    std::string addressee(const model::Command& command) const;
    LiveRows live_rows();
    void ask_about_paste(LiveRows& rows) const;
    void note(std::string_view text);  // "-- ..."
    void warn(std::string_view text);  // "!! ..."
    void print(std::string_view line);
    void print_wrapped(std::string_view mark, std::string_view text, const char* style);  // SGR code, or ""

    ConsoleOptions options_;
    const Clock& clock_;
    model::CommandSink& commands_;
    History& history_;
    LineEditor editor_;
    KeyDecoder decoder_;
    std::deque<Key> keys_;
    RowView row_;
    Screen screen_;
    TimePrefix time_;
    std::map<SessionId, Talker> talkers_;
    HeldTogether held_;
    std::uint64_t let_go_ = 0;  // messages held, for want of memory, that nobody has been told of
    SteadyTime tells_let_go_{};
    std::map<std::uint32_t, std::unique_ptr<TextLadder>> ladders_;  // by model::Traced::ladder
    std::uint32_t ladder_shown_ = 0;                                // whose heading was printed last
    To to_;
    SessionId to_id_{};
    std::string reply_ = "none";  // answers who comes
    bool had_caller_ = false;
    bool leaving_ = false;
    std::vector<Pending> pending_;
    std::string giving_;                 // ref of the command that is being given right now
    std::optional<std::string> pasted_;  // lines waiting for "one message or many"
    std::optional<Block> block_;
    std::optional<std::string> rest_;  // of a block whose first line was refused and is in the editor
    std::vector<Repeat> repeats_;
    std::uint64_t last_ref_ = 0;
    bool interrupted_once_ = false;
    bool working_ = false;  // take_keys() is on the stack
    bool dirty_ = true;
    SteadyTime last_draw_{};
    std::optional<SteadyTime> escape_until_;
};

}  // namespace earshot::view
