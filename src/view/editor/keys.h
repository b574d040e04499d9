// What a terminal sends, as keys: bytes in any pieces in, Key values out, the same whatever the pieces were. Knows the
// sequences of xterm, VTE, rxvt, the Linux console, tmux and screen; what it does not know it swallows whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace earshot::view {

enum class KeyCode : std::uint8_t {
    character,  // Key::character; with ctrl it is the lower-case letter or sign: Ctrl-A is {character, 'a', ctrl}
    enter,      // CR; LF is Ctrl-J
    tab,
    backspace,  // DEL; BS is Ctrl-H
    escape,
    up,
    down,
    left,
    right,
    home,
    end,
    insert,
    remove,  // the Delete key
    page_up,
    page_down,
    paste,  // a bracketed paste, whole: Key::text
};

struct Key {
    KeyCode code = KeyCode::character;
    bool ctrl = false;
    bool alt = false;
    bool shift = false;  // not told for characters
    bool cut = false;    // the paste was longer than kMaxPaste: `text` is its start
    char32_t character = 0;
    std::string text{};  // valid UTF-8 with \n for every line break; other controls as they came

    friend bool operator==(const Key&, const Key&) = default;
};

inline Key character_key(char32_t character) { return {.character = character}; }
inline Key ctrl_key(char32_t letter) { return {.ctrl = true, .character = letter}; }
inline Key alt_key(char32_t character) { return {.alt = true, .character = character}; }

class KeyDecoder {
  public:
    static constexpr std::size_t kMaxPaste = std::size_t{16} << 20;  // bytes; the rest of a longer paste is dropped

    // Appends the keys that `bytes` complete. Bytes that are no UTF-8 give U+FFFD.
    void feed(std::string_view bytes, std::vector<Key>& keys);
    // Whether an ESC (or a character) waits for its rest: call timeout() if nothing more comes within about 50 ms.
    bool pending() const { return state_ != State::ground && state_ != State::paste; }
    // Nothing more came: a lone ESC was the Escape key, ESC and a bracket were Alt and the bracket, a piece of a longer
    // sequence is dropped. A paste goes on waiting for its end.
    void timeout(std::vector<Key>& keys);

  private:
    enum class State : std::uint8_t { ground, utf8, escape, csi, csi_linux, ss3, paste };

    void take(std::uint8_t byte, std::vector<Key>& keys);
    void take_ground(std::uint8_t byte, std::vector<Key>& keys);
    void take_utf8(std::uint8_t byte, std::vector<Key>& keys);
    void take_escape(std::uint8_t byte, std::vector<Key>& keys);
    void take_csi(std::uint8_t byte, std::vector<Key>& keys);
    void finish_csi(char final, std::vector<Key>& keys);
    std::size_t take_paste(std::string_view bytes, std::vector<Key>& keys);
    void finish_paste(std::vector<Key>& keys);
    void give(Key key, std::vector<Key>& keys);
    void give_character(char32_t value, std::vector<Key>& keys);

    State state_ = State::ground;
    bool alt_ = false;          // the next key comes with ESC before it
    std::string held_;          // of a character or a sequence
    std::string paste_;         // of a paste: raw
    std::size_t end_seen_ = 0;  // bytes of the paste's end sequence matched so far
    bool paste_cut_ = false;
};

}  // namespace earshot::view
