#include "view/console/console_commands.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/i18n.h"
#include "base/unique_fd.h"
#include "frame/framings.h"
#include "text/encoding.h"
#include "text/safe.h"
#include "view/console/message_lines.h"
#include "view/hex.h"

namespace earshot::view {

namespace {

std::vector<std::string> encoding_values() {
    std::vector<std::string> values{"in=", "out=", "auto", "bytes"};
    for (const text::Encoding& encoding : text::encodings()) values.emplace_back(encoding.name);
    return values;
}

std::vector<std::string> framing_values() {
    std::vector<std::string> values;
    for (const frame::Framing& framing : frame::framings()) values.emplace_back(framing.name);
    return values;
}

std::vector<std::string> eol_values() { return {"lf", "crlf", "cr", "none"}; }
std::vector<std::string> view_values() { return {"text", "hex", "both"}; }
std::vector<std::string> time_values() { return {"off", "clock", "delta", "iso"}; }
std::vector<std::string> to_values() { return {"all"}; }
// As in --reply. What stands in a table of a layer that a view does not see; a test holds them together.
std::vector<std::string> reply_values() {
    return {"none", "echo", "broadcast", "chat", "rules:", "relay:", "exec:", "exec-shell:", "exec-pty:"};
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// The number of a conversation, or `all`, where it stands before something else; it is cut off. Otherwise none.
std::string_view take_addressee(std::string_view& arguments) {
    const std::size_t end = arguments.find(' ');
    const std::string_view first = arguments.substr(0, end);
    if (end == std::string_view::npos || (first != "all" && !number(first))) return {};
    arguments.remove_prefix(std::min(arguments.find_first_not_of(' ', end), arguments.size()));
    return first;
}

// "1s", "250ms", "2m", "1.5s"; at least 10 ms.
std::optional<Millis> interval(std::string_view text) {
    double scale = 1000;
    if (text.ends_with("ms")) {
        scale = 1;
        text.remove_suffix(2);
    } else if (text.ends_with('s')) {
        text.remove_suffix(1);
    } else if (text.ends_with('m')) {
        scale = 60'000;
        text.remove_suffix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value * scale > 1e10)
        return std::nullopt;
    return std::max(Millis(static_cast<std::int64_t>(value * scale)), Millis(10));
}

const char* name_of(ViewStyle view) {
    return view == ViewStyle::text ? "text" : view == ViewStyle::hex ? "hex" : "both";
}

const char* name_of(TimeStyle time) {
    switch (time) {
        case TimeStyle::off:
            return "off";
        case TimeStyle::clock:
            return "clock";
        case TimeStyle::delta:
            return "delta";
        case TimeStyle::iso:
            break;
    }
    return "iso";
}

constexpr std::size_t kMaxFile = 64 << 20;  // bytes of /file; more is a pipe's work

Result<std::vector<std::uint8_t>> read_file(const std::string& path) {
    const auto failed = [&](int error) {
        return Error{Reason::failed, tr_format("cannot read {}: {}", text::safe_line(path), errno_text(error))};
    };
    // O_NONBLOCK: opening a FIFO must not wait for its writer.
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return failed(errno);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) return failed(errno);
    if (!S_ISREG(facts.st_mode)) {
        return Error{Reason::usage,
                     tr_format("{} is no regular file; pipe it into “earshot connect”", text::safe_line(path))};
    }
    if (static_cast<std::uint64_t>(facts.st_size) > kMaxFile) {
        return Error{Reason::limit,
                     tr_format("{} is larger than 64 MiB; pipe it into “earshot connect”", text::safe_line(path))};
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(facts.st_size));
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
        if (got < 0) return failed(errno);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

}  // namespace

std::span<const ConsoleCommand> console_commands() {
    static constexpr ConsoleCommand kCommands[] = {
        {"help", "", msgid("list the commands"), nullptr, &Console::help},
        {"who", "", msgid("list who is connected"), nullptr, &Console::who},
        {"to", "N|all", msgid("choose whom lines go to"), to_values, &Console::to},
        {"close", "[N|all]", msgid("finish sending, wait for the other end's last bytes, and hang up"), to_values,
         &Console::close},
        {"half", "[N|all]", msgid("finish sending (FIN) and go on receiving"), to_values, &Console::half},
        {"rst", "[N|all]", msgid("reset the connection (RST): nothing waiting is delivered"), to_values, &Console::rst},
        {"encoding", "[N|all] [in=E] [out=E] | E", msgid("show or set the encodings of the one addressed"),
         encoding_values, &Console::encoding},
        {"eol", "[N|all] [lf|crlf|cr|none]", msgid("show or set what ends each line sent"), eol_values, &Console::eol},
        {"frame", "[N|all] [F]", msgid("show or set how received bytes become messages"), framing_values,
         &Console::frame},
        {"view", "[text|hex|both]", msgid("show or set how messages are shown"), view_values, &Console::view},
        {"time", "[off|clock|delta|iso]", msgid("show or set the time before each message"), time_values,
         &Console::time},
        {"hex", "01 03 .. [+crc16modbus]", msgid("send bytes; +crc16modbus +sum8 +xor8 +crc32 append a checksum"),
         nullptr, &Console::hex},
        {"file", "PATH", msgid("send a file's bytes as they are"), nullptr, &Console::file},
        {"every", "1s TEXT | off", msgid("send a line again and again; off ends it"), nullptr, &Console::every},
        {"find", "TEXT", msgid("show the messages held that have this text in them"), nullptr, &Console::find},
        {"again", "[N]", msgid("show the messages held anew, in the encoding now set"), nullptr, &Console::again},
        {"ladder", "[N|all] [off]", msgid("show the handshake, the data and the teardown, and follow them"), to_values,
         &Console::ladder},
        {"stats", "[N]", msgid("round trips, window, retransmissions and rate, as the kernel counts them"), nullptr,
         &Console::stats},
        {"reply", "[N|all] [R]", msgid("choose what answers by itself; alone: read its file again, and show it"),
         reply_values, &Console::reply},
        {"reconnect", "", msgid("call again"), nullptr, &Console::reconnect},
        {"quit", "", msgid("hang up and leave"), nullptr, &Console::quit},
    };
    return kCommands;
}

const ConsoleCommand* ConsoleCommand::find(std::string_view name) {
    const ConsoleCommand* found = nullptr;
    for (const ConsoleCommand& command : console_commands()) {
        if (command.name == name) return &command;
        if (name.empty() || !std::string_view(command.name).starts_with(name)) continue;
        if (found) return nullptr;
        found = &command;
    }
    return found;
}

void Console::help(std::string_view) {
    constexpr int kIndent = 3;
    int usage_width = 0;
    for (const ConsoleCommand& command : console_commands()) {
        const auto width = static_cast<int>(std::strlen(command.name) + std::strlen(command.arguments));
        usage_width = std::max(usage_width, width + 4);  // slash, blank, and two before the help
    }
    // Beside the usage where there is room for it, else below.
    constexpr int kNarrowest = 30;
    const int columns = screen_.columns() - 1;
    const bool beside = columns - kIndent - usage_width >= kNarrowest;
    const int help_at = beside ? kIndent + usage_width : 2 * kIndent;
    for (const ConsoleCommand& command : console_commands()) {
        const char* blank = *command.arguments ? " " : "";
        const std::string usage = fmt::format("{:{}}/{}{}{}", "", kIndent, command.name, blank, command.arguments);
        if (beside) {
            print_wrapped(fmt::format("{:<{}}", usage, help_at), tr(command.help), "");
            continue;
        }
        print(usage);
        print_wrapped(std::string(static_cast<std::size_t>(help_at), ' '), tr(command.help), "");
    }
    print_wrapped(std::string(kIndent, ' '),
                  tr("a line without / is sent; // sends a slash; Ctrl-D finishes sending; Ctrl-C twice leaves"), "");
}

void Console::who(std::string_view) {
    if (talkers_.empty()) return note(tr("nobody is connected"));
    for (const auto& [id, talker] : talkers_) {
        const bool addressed = to_ == To::all || (to_ == To::one && to_id_ == id);
        std::string encoding = talker.receive;
        if (encoding == "auto" && !talker.decoded_as.empty()) encoding = "auto: " + talker.decoded_as;
        std::string line = fmt::format("{}  {}  {}", who_is(id), talker.peer, encoding);
        line += "  " + tr_format("{} messages, {} bytes", talker.messages, talker.bytes);
        if (!talker.reply.empty() && (talker.reply != "none" || reply_ != "none")) {
            line += "  " + (talker.reply == "none" ? std::string(tr("answered by nothing"))
                                                   : tr_format("answered by {}", text::safe_line(talker.reply)));
        }
        if (talker.peer_finished) line += "  " + std::string(tr("has finished sending"));
        if (talker.self_finished) line += "  " + std::string(tr("you have finished sending"));
        print_wrapped(addressed ? " * " : "   ", line, "");
    }
}

void Console::to(std::string_view arguments) {
    if (arguments == "all") {
        to_ = To::all;
        return note(tr("lines go to all"));
    }
    const auto id = number(arguments);
    if (!id || !talkers_.contains(SessionId{*id}))
        return warn(tr("/to takes the number of one who is here, or all; /who lists"));
    to_ = To::one;
    to_id_ = SessionId{*id};
    note(tr_format("lines go to {}", who_is(to_id_)));
}

// Gives `body` to the one named in `arguments`, or to the one addressed.
void Console::steer(std::string_view arguments, model::CommandBody body) {
    model::Command command;
    command.body = std::move(body);
    if (arguments == "all") {
        command.all = true;
    } else if (!arguments.empty()) {
        const auto id = number(arguments);
        if (!id) return warn(tr("this command takes a number, or all; /who lists"));
        command.id = SessionId{*id};
    } else if (to_ == To::nobody) {
        return warn(talkers_.empty() ? tr("nobody is connected")
                                     : tr("this command takes a number, or all; /who lists"));
    } else {
        address(command);
    }
    commands_.give(std::move(command));
}

void Console::close(std::string_view arguments) {
    // No conversation yet: a call under way, or the wait before the next one, ends by it too.
    if (!options_.listening && talkers_.empty() && arguments.empty()) return commands_.give({.body = model::Close{}});
    steer(arguments, model::Close{});
}
void Console::half(std::string_view arguments) { steer(arguments, model::HalfClose{}); }
void Console::rst(std::string_view arguments) { steer(arguments, model::Reset{}); }

void Console::encoding(std::string_view arguments) {
    if (arguments.empty()) {
        if (talkers_.empty()) note(tr_format("received {}, sent {}", options_.receive, options_.send));
        for (const auto& [id, talker] : talkers_) {
            note(tr_format("{}: received {}{}, sent {}", who_is(id), talker.receive,
                           talker.receive == "auto" && !talker.decoded_as.empty() ? " (" + talker.decoded_as + ")" : "",
                           talker.send));
        }
        return;
    }
    const std::string_view who = take_addressee(arguments);
    model::SetEncoding set;
    while (!arguments.empty()) {
        const std::size_t end = std::min(arguments.find(' '), arguments.size());
        const std::string_view word = arguments.substr(0, end);
        arguments.remove_prefix(std::min(end + 1, arguments.size()));
        if (word.starts_with("in=")) {
            set.in = word.substr(3);
        } else if (word.starts_with("out=")) {
            set.out = word.substr(4);
        } else if (!word.empty()) {
            if (set.in || set.out) {
                return warn(tr("/encoding takes one encoding, or in= and out=; before it a number, or all"));
            }
            set.in = set.out = word;
        }
    }
    steer(who, std::move(set));
}

void Console::eol(std::string_view arguments) {
    if (!arguments.empty()) {
        const std::string_view who = take_addressee(arguments);
        return steer(who, model::SetEol{std::string(arguments)});
    }
    if (talkers_.empty()) return note(tr_format("each line sent ends with {}", options_.eol));
    for (const auto& [id, talker] : talkers_) note(tr_format("lines sent to {} end with {}", who_is(id), talker.eol));
}

void Console::frame(std::string_view arguments) {
    if (!arguments.empty()) {
        const std::string_view who = take_addressee(arguments);
        return steer(who, model::SetFraming{std::string(arguments)});
    }
    if (talkers_.empty()) return note(tr_format("messages: {}", options_.frame));
    for (const auto& [id, talker] : talkers_) note(tr_format("messages of {}: {}", who_is(id), talker.frame));
}

void Console::view(std::string_view arguments) {
    if (arguments.empty()) return note(tr_format("messages are shown as {}", name_of(options_.presentation.view)));
    if (arguments == "text") {
        options_.presentation.view = ViewStyle::text;
    } else if (arguments == "hex") {
        options_.presentation.view = ViewStyle::hex;
    } else if (arguments == "both") {
        options_.presentation.view = ViewStyle::both;
    } else {
        return warn(tr("/view takes text, hex or both"));
    }
    view("");
}

void Console::time(std::string_view arguments) {
    if (arguments.empty()) return note(tr_format("time: {}", name_of(options_.presentation.time)));
    if (arguments == "off") {
        options_.presentation.time = TimeStyle::off;
    } else if (arguments == "clock") {
        options_.presentation.time = TimeStyle::clock;
    } else if (arguments == "delta") {
        options_.presentation.time = TimeStyle::delta;
    } else if (arguments == "iso") {
        options_.presentation.time = TimeStyle::iso;
    } else {
        return warn(tr("/time takes off, clock, delta or iso"));
    }
    time("");
}

void Console::hex(std::string_view arguments) {
    auto bytes = parse_hex(arguments);
    if (!bytes) return warn(bytes.error().message);
    model::Command command;
    if (!address(command)) return;
    const ByteView shown = ByteView(*bytes).first(std::min<std::size_t>(bytes->size(), 256));
    std::string line = addressee() + fmt::format(fmt::runtime(tr_plural("{} byte: {}", "{} bytes: {}", bytes->size())),
                                                 bytes->size(), hex_groups(shown));
    if (shown.size() < bytes->size()) line += " ...";
    command.body = model::SendBytes{std::move(*bytes)};
    send(std::move(command), std::move(line), From::other);
}

void Console::file(std::string_view arguments) {
    if (arguments.empty()) return warn(tr("/file takes a path"));
    auto bytes = read_file(std::string(arguments));
    if (!bytes) return warn(bytes.error().message);
    model::Command command;
    if (!address(command)) return;
    std::string line = addressee() + tr_format("{} bytes of {}", bytes->size(), text::safe_line(arguments));
    command.body = model::SendBytes{std::move(*bytes)};
    send(std::move(command), std::move(line), From::other);
}

void Console::every(std::string_view arguments) {
    if (arguments == "off") {
        repeats_.clear();
        return note(tr("nothing is repeated"));
    }
    const std::size_t end = arguments.find(' ');
    const auto time = interval(arguments.substr(0, end));
    if (!time || end == std::string_view::npos)
        return warn(tr("/every takes a time and a text, as in: /every 1s hello"));
    Repeat repeat;
    if (!address(repeat.command)) return;
    repeat.every = *time;
    repeat.next = clock_.now();
    repeat.text = arguments.substr(end + 1);
    repeat.command.body = model::SendText{repeat.text, true};
    repeats_.push_back(std::move(repeat));
    note(tr("/every off ends it"));
}

std::optional<SessionId> Console::conversation(std::string_view arguments) {
    if (const auto id = number(arguments); id && talkers_.contains(SessionId{*id})) return SessionId{*id};
    if (arguments.empty() && to_ == To::one) return to_id_;
    if (arguments.empty() && talkers_.size() == 1) return talkers_.begin()->first;
    warn(tr("say whose: the number of one who is here; /who lists"));
    return std::nullopt;
}

void Console::find(std::string_view arguments) {
    if (arguments.empty()) return warn(tr("/find takes the text to look for"));
    std::size_t found = 0;
    for (const auto& [id, talker] : talkers_) found += show_again(id, 0, arguments);
    note(tr_format("{} messages found", found));
}

void Console::again(std::string_view arguments) {
    if (const auto id = conversation(arguments)) show_again(*id, 0, "");
}

// "3 exec:cat" is about one, "echo" about all and who comes.
void Console::reply(std::string_view arguments) {
    model::Command command;
    const std::string_view first = arguments.substr(0, arguments.find(' '));
    if (const auto id = number(first)) command.id = SessionId{*id};
    command.all = first == "all";
    if (command.id || command.all) arguments.remove_prefix(std::min(first.size() + 1, arguments.size()));
    command.body = model::SetReply{std::string(arguments)};
    commands_.give(std::move(command));
}

void Console::reconnect(std::string_view) { commands_.give({.body = model::Reconnect{}}); }
void Console::quit(std::string_view) { leave_with({}); }

void Console::leave_with(model::Quit quit) {
    leaving_ = true;
    commands_.give({.body = quit});
}

}  // namespace earshot::view
