// The console's keyboard: from the terminal's bytes to a line, a question's answer or a command.
#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "text/safe.h"
#include "view/console/console.h"
#include "view/console/console_commands.h"
#include "view/console/message_lines.h"

namespace earshot::view {

namespace {

constexpr Millis kEscapeWait{50};               // a lone ESC is the key, not a sequence's start
constexpr std::size_t kShownOfLine = 4 * 1024;  // bytes of a sent line that are put on the screen

std::string shortened(std::string_view text) {
    std::string safe;
    text::append_safe(text.substr(0, text::cut_to_width(text.substr(0, kShownOfLine), 1 << 20).size()), {},
                      {.reverse_video = true}, safe);
    if (text.size() > kShownOfLine) safe += tr_format(" ... ({} bytes)", text.size());
    return safe;
}

}  // namespace

void Console::type(std::string_view bytes) {
    std::vector<Key> keys;
    decoder_.feed(bytes, keys);
    std::move(keys.begin(), keys.end(), std::back_inserter(keys_));
    escape_until_.reset();
    if (decoder_.pending()) escape_until_ = clock_.now() + kEscapeWait;
    take_keys();
}

void Console::tick() {
    const SteadyTime now = clock_.now();
    if (escape_until_ && now >= *escape_until_) {
        escape_until_.reset();
        std::vector<Key> keys;
        decoder_.timeout(keys);
        std::move(keys.begin(), keys.end(), std::back_inserter(keys_));
    }
    for (Repeat& repeat : repeats_) {
        if (now < repeat.next) continue;
        repeat.next = std::max(repeat.next + repeat.every, now);  // a late tick is not made up for by a burst
        send(repeat.command, prompt() + repeat.text, false);
    }
    take_keys();
}

void Console::take_keys() {
    if (std::exchange(working_, true)) return;  // an answer came from within give(): the loop below goes on
    while (!keys_.empty() && !pending_) {
        const Key key = std::move(keys_.front());
        keys_.pop_front();
        press(key);
    }
    working_ = false;
}

void Console::press(const Key& key) {
    dirty_ = true;
    if (pasted_) return answer_paste(key);
    EditorResult result = editor_.press(key);
    if (result.action != Action::interrupt) interrupted_once_ = false;
    switch (result.action) {
        case Action::none:
        case Action::redraw:
        case Action::bell:
            break;
        case Action::accepted:
            line_accepted();
            break;
        case Action::eof:
            steer("", model::HalfClose{});
            break;
        case Action::interrupt:
            if (!result.text.empty()) {
                print(prompt() + shortened(result.text) + "^C");
            } else if (std::exchange(interrupted_once_, true)) {
                commands_.give({.body = model::Quit{.interrupted = true}});
            } else {
                note(tr("Ctrl-C again, or /quit, leaves"));
            }
            break;
        case Action::list: {
            std::string row;
            for (const std::string& candidate : result.candidates) row += text::safe_line(candidate) + "  ";
            print(row);
            break;
        }
        case Action::paste_block:
            pasted_ = std::move(result.text);
            break;
        case Action::clear_screen:
            screen_.clear();
            dirty_ = true;
            break;
    }
    if (result.paste_cut)
        warn(tr_format("the paste was longer than {} bytes; its end is missing", KeyDecoder::kMaxPaste));
}

void Console::answer_paste(const Key& key) {
    const char32_t letter = key.code == KeyCode::character && !key.ctrl && !key.alt ? key.character : 0;
    const bool none = key.code == KeyCode::escape || letter == 'n' || (key.ctrl && key.character == 'c');
    if (letter != 'o' && letter != 'm' && !none) return;
    const std::string text = *std::exchange(pasted_, std::nullopt);
    if (none) return;
    if (letter == 'o') return send_text(text, false);
    std::size_t at = 0;
    for (std::size_t end = 0; end != std::string::npos; at = end + 1) {
        end = text.find('\n', at);
        send_text(text.substr(at, end == std::string::npos ? end : end - at), false);
    }
}

void Console::line_accepted() {
    const std::string line(editor_.line());
    const bool is_command = line.starts_with('/') && !editor_.line_starts_pasted();
    if (is_command && !line.starts_with("//")) {
        print(prompt() + shortened(line));
        history_.add(editor_.take_line());
        run_command(std::string_view(line).substr(1));
        return;
    }
    send_text(is_command ? line.substr(1) : line, true);
}

void Console::run_command(std::string_view line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view name = line.substr(0, end);
    std::string_view arguments = line.substr(end);
    while (arguments.starts_with(' ')) arguments.remove_prefix(1);
    while (arguments.ends_with(' ')) arguments.remove_suffix(1);
    if (const ConsoleCommand* command = ConsoleCommand::find(name)) return (this->*command->run)(arguments);
    std::string near;
    for (const ConsoleCommand& command : console_commands()) {
        if (!name.empty() && std::string_view(command.name).starts_with(name)) near += std::string(" /") + command.name;
    }
    warn(near.empty() ? tr_format("unknown command /{}: /help lists them, // sends a slash", text::safe_line(name))
                      : tr_format("/{} could be{}", text::safe_line(name), near));
}

bool Console::address(model::Command& command) {
    if (to_ == To::nobody) {
        warn(talkers_.empty() ? tr("not sent: nobody is connected") : tr("not sent: /to N says to whom, /who lists"));
        return false;
    }
    command.all = to_ == To::all;
    if (to_ == To::one) command.id = to_id_;
    return true;
}

void Console::send_text(std::string text, bool from_editor) {
    model::Command command;
    if (!address(command)) return;
    std::string shown = prompt() + shortened(text);
    command.body = model::SendText{std::move(text), true};
    send(std::move(command), std::move(shown), from_editor);
}

// Keys wait until the answer has come, so that a refused line is still the editor's when it is put back in view.
// `/every` and the lines of a paste do not wait for one another: each answer prints its own line.
void Console::send(model::Command command, std::string shown, bool from_editor) {
    if (pending_ && !from_editor) {
        print(shown);
        commands_.give(std::move(command));
        return;
    }
    command.ref = "c" + std::to_string(++last_ref_);
    pending_ = Pending{command.ref, from_editor, std::move(shown)};
    commands_.give(std::move(command));
}

Completion Console::complete(std::string_view line, std::size_t cursor) const {
    Completion completion;
    if (!line.starts_with('/') || line.starts_with("//")) return completion;
    const std::string_view before = line.substr(0, cursor);
    completion.begin = before.find_last_of(" =,") + 1;
    completion.end = cursor;
    const std::string_view word = before.substr(completion.begin);
    if (completion.begin == 0) {
        for (const ConsoleCommand& command : console_commands()) {
            const std::string candidate = std::string("/") + command.name;
            if (candidate.starts_with(word)) completion.candidates.push_back(candidate + " ");
        }
        return completion;
    }
    const ConsoleCommand* command = ConsoleCommand::find(before.substr(1, before.find(' ') - 1));
    if (!command || !command->values) return completion;
    for (const std::string& value : command->values()) {
        if (value.starts_with(word)) completion.candidates.push_back(value + (value.ends_with('=') ? "" : " "));
    }
    return completion;
}

}  // namespace earshot::view
