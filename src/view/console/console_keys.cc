// The console's keyboard: from the terminal's bytes to a line, a question's answer or a command.
#include <algorithm>
#include <utility>

#include "base/i18n.h"
#include "text/grapheme.h"
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
    text::append_safe(text.substr(0, text::grapheme_floor(text, kShownOfLine)), {}, {.reverse_video = true}, safe);
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
        if (repeat.command.all && talkers_.empty()) continue;     // until somebody is there again
        send(repeat.command, addressee(repeat.command) + shortened(repeat.text), From::other);
    }
    take_keys();
}

void Console::take_keys() {
    if (std::exchange(working_, true)) return;  // an answer came from within give(): the loop below goes on
    while (pending_.empty()) {
        if (block_) {
            send_next_of_block();
            continue;
        }
        if (keys_.empty()) break;
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
                print(addressee() + shortened(result.text) + "^C");
                ask_about_the_rest();
            } else if (std::exchange(interrupted_once_, true)) {
                leave_with({.interrupted = true});
            } else {
                note(tr("Ctrl-C again, or /quit, leaves"));
            }
            break;
        case Action::list: {
            std::string row;
            for (const std::string& candidate : result.candidates) row += text::safe_line(candidate) + "  ";
            print_wrapped("", row, "");
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
    std::string text = *std::exchange(pasted_, std::nullopt);
    if (none) return ask_about_the_rest();
    block_ = Block{std::move(text), 0, letter == 'm'};  // take_keys() sends it
}

std::size_t Console::Block::end() const { return by_lines ? std::min(text.find('\n', at), text.size()) : text.size(); }

void Console::send_next_of_block() {
    if (!send_text(block_->text.substr(block_->at, block_->end() - block_->at), From::paste)) put_back_block();
}

// A refused line stays: it goes into the editor, and what comes after it waits until it is sent or cleared.
void Console::put_back_block() {
    const Block block = *std::exchange(block_, std::nullopt);
    const std::size_t end = block.end();
    if (!editor_.empty()) history_.add(editor_.take_line());
    editor_.set_line(std::string_view(block.text).substr(block.at, end - block.at), true);
    if (end == block.text.size()) return;
    std::string rest = block.text.substr(end + 1);
    const auto lines = static_cast<unsigned long>(1 + std::count(rest.begin(), rest.end(), '\n'));
    warn(fmt::format(
        fmt::runtime(tr_plural("{} more pasted line waits until the refused one is sent or cleared",
                               "{} more pasted lines wait until the refused one is sent or cleared", lines)),
        lines));
    rest_ = rest_ ? rest + "\n" + *rest_ : std::move(rest);
}

void Console::ask_about_the_rest() {
    if (!rest_ || pasted_ || !editor_.empty()) return;
    std::string rest = *std::exchange(rest_, std::nullopt);
    if (rest.find('\n') == std::string::npos) return editor_.set_line(rest, true);
    pasted_ = std::move(rest);
}

void Console::line_accepted() {
    const std::string line(editor_.line());
    const bool is_command = line.starts_with('/') && !editor_.line_starts_pasted();
    if (is_command && !line.starts_with("//")) {
        print(addressee() + shortened(line));
        history_.add(editor_.take_line());
        run_command(std::string_view(line).substr(1));
        return;
    }
    send_text(is_command ? line.substr(1) : line, From::editor);
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

bool Console::send_text(std::string text, From from) {
    model::Command command;
    if (!address(command)) return false;
    std::string shown = addressee() + shortened(text);
    command.body = model::SendText{std::move(text), true};
    send(std::move(command), std::move(shown), from);
    return true;
}

// Keys wait until the answer has come, so that a refused line is still there when it is put back in view. A line to all
// can be refused for one and sent to the others: what holds is settled once give() has returned.
void Console::send(model::Command command, std::string shown, From from) {
    const std::string ref = "c" + std::to_string(++last_ref_);
    command.ref = ref;
    pending_.push_back({ref, from, std::move(shown)});
    giving_ = ref;
    commands_.give(std::move(command));
    giving_.clear();
    settle(ref);
}

void Console::settle(const std::string& ref) {
    const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& it) { return it.ref == ref; });
    if (found == pending_.end() || ref == giving_ || found->answer == Answer::none) return;
    const Pending done = std::move(*found);
    pending_.erase(found);
    if (done.answer == Answer::refused) {
        if (done.from == From::paste && block_) put_back_block();
        return;  // a line of the editor is still there
    }
    if (!done.shown.empty()) print(done.shown);
    if (done.from == From::editor) {
        const bool escape = editor_.line_starts_pasted() && editor_.line().starts_with('/');
        const std::string line = editor_.take_line();
        history_.add(escape ? "/" + line : line);
        ask_about_the_rest();
    } else if (done.from == From::paste && block_) {
        block_->at = block_->end() + 1;
        if (block_->at <= block_->text.size()) return;  // the next line is take_keys()' to send
        block_.reset();
        ask_about_the_rest();
    }
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
