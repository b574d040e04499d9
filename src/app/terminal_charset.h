// A terminal that does not speak UTF-8, because the user's locale names another charset (LANG=zh_CN.GBK): what is
// written for people becomes its bytes, and what is typed becomes UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "text/decoder.h"
#include "text/width.h"

namespace earshot::app {

class TerminalCharset {
  public:
    // As nl_langinfo or a locale's name has it: "GBK", "ISO-8859-1". UTF-8, and what is not known here, passes as it
    // is.
    explicit TerminalCharset(std::string_view name);
    // That of the user's locale.
    static TerminalCharset of_user();

    bool is_utf8() const { return encoding_ == nullptr; }
    // Whole characters of UTF-8 and escape sequences. What the charset lacks is a question mark a column.
    std::string to_terminal(std::string_view text) const;
    // In any pieces; what is malformed is U+FFFD.
    std::string from_terminal(std::string_view bytes);
    // Where a character takes two bytes, those of ambiguous width take two columns.
    text::Ambiguous ambiguous() const;

  private:
    const text::Encoding* encoding_ = nullptr;  // null: UTF-8
    bool has_controls_above_ = false;           // its bytes 80 to 9F steer a terminal
    std::optional<text::Decoder> decoder_;
};

// A message for the standard output or error, in the charset of the user's locale.
std::string for_people(std::string_view text);

}  // namespace earshot::app
