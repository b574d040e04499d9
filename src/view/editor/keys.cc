#include "view/editor/keys.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "text/code_point.h"

namespace earshot::view {
namespace {

constexpr std::string_view kPasteEnd = "\x1b[201~";
constexpr std::size_t kMaxSequence = 32;  // bytes of parameters looked at; a longer sequence is swallowed
constexpr std::uint8_t kEsc = 0x1b;

struct Parameters {
    std::array<unsigned, 3> values{};
    std::size_t count = 0;

    explicit Parameters(std::string_view text) {
        if (text.empty()) return;
        count = 1;
        for (const char c : text) {
            if (c == ';') {
                if (++count > values.size()) return;
            } else if (c >= '0' && c <= '9') {
                unsigned& value = values[count - 1];
                value = std::min(value * 10 + static_cast<unsigned>(c - '0'), 0x110000U);
            } else {
                return;  // a kitty sub-parameter (97:65): the first value is the key
            }
        }
    }
    unsigned operator[](std::size_t i) const { return i < count && i < values.size() ? values[i] : 0; }
};

// xterm's modifier parameter: 1 + (1 shift, 2 alt, 4 ctrl).
void add_modifiers(Key& key, unsigned parameter) {
    if (parameter < 2) return;
    key.shift |= ((parameter - 1) & 1) != 0;
    key.alt |= ((parameter - 1) & 2) != 0;
    key.ctrl |= ((parameter - 1) & 4) != 0;
}

std::optional<Key> letter_key(char final) {
    switch (final) {
        case 'A':
            return Key{.code = KeyCode::up};
        case 'B':
            return Key{.code = KeyCode::down};
        case 'C':
            return Key{.code = KeyCode::right};
        case 'D':
            return Key{.code = KeyCode::left};
        case 'H':
            return Key{.code = KeyCode::home};
        case 'F':
            return Key{.code = KeyCode::end};
        case 'Z':
            return Key{.code = KeyCode::tab, .shift = true};
        default:
            return std::nullopt;
    }
}

std::optional<Key> number_key(unsigned number) {
    switch (number) {
        case 1:
        case 7:
            return Key{.code = KeyCode::home};
        case 2:
            return Key{.code = KeyCode::insert};
        case 3:
            return Key{.code = KeyCode::remove};
        case 4:
        case 8:
            return Key{.code = KeyCode::end};
        case 5:
            return Key{.code = KeyCode::page_up};
        case 6:
            return Key{.code = KeyCode::page_down};
        default:
            return std::nullopt;
    }
}

// A key named by its code point: CSI ... u and xterm's modifyOtherKeys.
std::optional<Key> code_point_key(unsigned value) {
    switch (value) {
        case 9:
            return Key{.code = KeyCode::tab};
        case 13:
            return Key{.code = KeyCode::enter};
        case 27:
            return Key{.code = KeyCode::escape};
        case 8:
        case 127:
            return Key{.code = KeyCode::backspace};
        default:
            if (value < 0x20 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return std::nullopt;
            if (value >= 0xe000 && value < 0xf900) return std::nullopt;  // kitty's names of keys that give no text
            return character_key(value);
    }
}

// Valid UTF-8 with \n for CR LF and CR. Sets `cut` where it leaves out the end: each stray byte grows to three.
std::string clean_paste(std::string_view raw, bool& cut) {
    std::string out;
    out.reserve(raw.size());
    std::size_t done = 0;
    for (std::size_t at = 0; at < raw.size();) {
        if (static_cast<std::uint8_t>(raw[at]) < 0x80 && raw[at] != '\r') {
            ++at;
            continue;
        }
        const text::CodePoint point = text::code_point_at(raw, at);
        if (!point.valid || point.value == '\r') {
            out.append(raw, done, at - done);
            done = at + 1;
            if (out.size() >= KeyDecoder::kMaxPaste) {
                cut = true;
                return out;
            }
            if (!point.valid) {
                text::append_code_point(out, 0xfffd);
            } else if (done == raw.size() || raw[done] != '\n') {
                out.push_back('\n');
            }
        }
        at += point.size;
    }
    return out.append(raw, done, raw.size() - done);
}

}  // namespace

void KeyDecoder::feed(std::string_view bytes, std::vector<Key>& keys) {
    for (std::size_t at = 0; at < bytes.size();) {
        if (state_ == State::paste) {
            at += take_paste(bytes.substr(at), keys);
        } else {
            take(static_cast<std::uint8_t>(bytes[at++]), keys);
        }
    }
}

void KeyDecoder::timeout(std::vector<Key>& keys) {
    const State state = std::exchange(state_, state_ == State::paste ? State::paste : State::ground);
    switch (state) {
        case State::ground:
        case State::paste:
            return;
        case State::utf8:
            give_character(0xfffd, keys);
            break;
        case State::escape:
            give({.code = KeyCode::escape}, keys);
            break;
        case State::csi:
        case State::ss3:
            alt_ = held_.empty();
            if (alt_) give_character(state == State::csi ? U'[' : U'O', keys);
            break;
        case State::csi_linux:
            break;
    }
    alt_ = false;
    held_.clear();
}

void KeyDecoder::take(std::uint8_t byte, std::vector<Key>& keys) {
    switch (state_) {
        case State::ground:
            return take_ground(byte, keys);
        case State::utf8:
            return take_utf8(byte, keys);
        case State::escape:
            return take_escape(byte, keys);
        case State::csi:
        case State::ss3:
            return take_csi(byte, keys);
        case State::csi_linux:  // ESC [ [ A to E: F1 to F5
            state_ = State::ground;
            alt_ = false;
            return;
        case State::paste:
            return;
    }
}

void KeyDecoder::take_ground(std::uint8_t byte, std::vector<Key>& keys) {
    if (byte >= 0x80) {
        if (byte < 0xc2 || byte > 0xf4) return give_character(0xfffd, keys);
        held_.assign(1, static_cast<char>(byte));
        state_ = State::utf8;
    } else if (byte == kEsc) {
        state_ = State::escape;
    } else if (byte == '\t') {
        give({.code = KeyCode::tab}, keys);
    } else if (byte == '\r') {
        give({.code = KeyCode::enter}, keys);
    } else if (byte == 0x7f) {
        give({.code = KeyCode::backspace}, keys);
    } else if (byte < 0x20) {
        const bool letter = byte >= 1 && byte <= 26;
        give(ctrl_key(static_cast<char32_t>(byte + (letter ? 0x60 : 0x40))), keys);
    } else {
        give_character(byte, keys);
    }
}

void KeyDecoder::take_utf8(std::uint8_t byte, std::vector<Key>& keys) {
    if ((byte & 0xc0) != 0x80) {
        state_ = State::ground;
        give_character(0xfffd, keys);
        return take_ground(byte, keys);
    }
    held_.push_back(static_cast<char>(byte));
    const auto lead = static_cast<std::uint8_t>(held_[0]);
    if (held_.size() < (lead < 0xe0 ? 2U : lead < 0xf0 ? 3U : 4U)) return;
    state_ = State::ground;
    give_character(text::code_point_at(held_, 0).value, keys);
    held_.clear();
}

void KeyDecoder::take_escape(std::uint8_t byte, std::vector<Key>& keys) {
    held_.clear();
    if (byte == '[') {
        state_ = State::csi;
    } else if (byte == 'O') {
        state_ = State::ss3;
    } else if (byte == kEsc) {  // Escape twice, or rxvt's Alt with an arrow
        if (alt_) give({.code = KeyCode::escape}, keys);
        alt_ = true;
    } else {
        state_ = State::ground;
        alt_ = true;
        take_ground(byte, keys);
    }
}

void KeyDecoder::take_csi(std::uint8_t byte, std::vector<Key>& keys) {
    if (byte < 0x20 || byte >= 0x7f) {  // broken off
        state_ = State::ground;
        alt_ = false;
        return take_ground(byte, keys);
    }
    if (state_ == State::csi && byte == '[' && held_.empty()) {
        state_ = State::csi_linux;
        return;
    }
    const bool rxvt_shift = byte == '$' && !held_.empty();
    if (byte < 0x40 && !rxvt_shift) {
        if (held_.size() <= kMaxSequence) held_.push_back(static_cast<char>(byte));
        return;
    }
    const bool csi = state_ == State::csi;
    state_ = State::ground;
    if (held_.size() > kMaxSequence || (!held_.empty() && held_[0] >= '<')) {
        // too long, or a terminal's answer (CSI ? ...): no key
    } else if (csi) {
        finish_csi(static_cast<char>(byte), keys);
    } else if (byte == 'M') {
        give({.code = KeyCode::enter}, keys);
    } else if (auto key = letter_key(static_cast<char>(byte >= 'a' && byte <= 'd' ? byte - 0x20 : byte))) {
        key->ctrl = byte >= 'a';  // rxvt's Ctrl with an arrow
        add_modifiers(*key, Parameters(held_)[0]);
        give(std::move(*key), keys);
    }
    alt_ = false;
    held_.clear();
}

void KeyDecoder::finish_csi(char final, std::vector<Key>& keys) {
    const Parameters parameters(held_);
    if (final == '~' && parameters[0] == 200) {
        state_ = State::paste;
        end_seen_ = 0;
        paste_cut_ = false;
        return;
    }
    std::optional<Key> key;
    if (final == '~' && parameters[0] == 27 && parameters.count == 3) {
        key = code_point_key(parameters[2]);
        if (key) add_modifiers(*key, parameters[1]);
    } else if (final == '~' || final == '^' || final == '$' || final == '@') {  // the last three are rxvt's
        key = number_key(parameters[0]);
        if (key) {
            add_modifiers(*key, parameters[1]);
            key->ctrl |= final == '^' || final == '@';
            key->shift |= final == '$' || final == '@';
        }
    } else if (final == 'u') {
        key = code_point_key(parameters[0]);
        if (key) add_modifiers(*key, parameters[1]);
    } else if (final >= 'a' && final <= 'd') {  // rxvt's Shift with an arrow
        key = letter_key(static_cast<char>(final - 0x20));
        key->shift = true;
    } else {
        key = letter_key(final);
        if (key) add_modifiers(*key, parameters.count == 1 ? parameters[0] : parameters[1]);
    }
    if (key) give(std::move(*key), keys);
}

std::size_t KeyDecoder::take_paste(std::string_view bytes, std::vector<Key>& keys) {
    const auto keep = [this](std::string_view piece) {
        const std::size_t room = kMaxPaste - paste_.size();
        paste_cut_ |= piece.size() > room;
        paste_ += piece.substr(0, room);
    };
    std::size_t at = 0;
    while (at < bytes.size()) {
        if (end_seen_ > 0) {
            if (bytes[at] == kPasteEnd[end_seen_]) {
                ++at;
                if (++end_seen_ == kPasteEnd.size()) {
                    finish_paste(keys);
                    return at;
                }
                continue;
            }
            keep(kPasteEnd.substr(0, std::exchange(end_seen_, 0)));
        }
        const std::size_t next = std::min(bytes.find(kPasteEnd[0], at), bytes.size());
        keep(bytes.substr(at, next - at));
        at = next;
        if (at < bytes.size()) {
            end_seen_ = 1;
            ++at;
        }
    }
    return at;
}

void KeyDecoder::finish_paste(std::vector<Key>& keys) {
    state_ = State::ground;
    end_seen_ = 0;
    Key key{.code = KeyCode::paste, .cut = paste_cut_};
    // A character cut in two by the limit is no malformed one.
    if (key.cut) {
        const auto tail = static_cast<std::uint8_t>(paste_.back());
        if (tail >= 0x80 && !text::code_point_before(paste_, paste_.size()).valid) {
            while (!paste_.empty() && (static_cast<std::uint8_t>(paste_.back()) & 0xc0) == 0x80) paste_.pop_back();
            if (!paste_.empty()) paste_.pop_back();
        }
    }
    key.text = clean_paste(paste_, key.cut);
    paste_ = {};
    give(std::move(key), keys);
}

void KeyDecoder::give(Key key, std::vector<Key>& keys) {
    key.alt |= std::exchange(alt_, false);
    keys.push_back(std::move(key));
}

void KeyDecoder::give_character(char32_t value, std::vector<Key>& keys) { give(character_key(value), keys); }

}  // namespace earshot::view
