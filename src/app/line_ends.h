// --eol in a pipe: the line ends of the standard input on their way to the wire, as netcat's -C has them.
#pragma once

#include <string>
#include <string_view>

#include "net/transform.h"

namespace earshot::app {

// Each LF becomes the end of line asked for. A CR that stands before it already is not doubled, wherever the stream is
// cut; nothing is ever held back.
class LineEnds {
  public:
    // "\n" leaves all as it is, "\r\n", "\r", or nothing: the LF is left out.
    explicit LineEnds(std::string_view end) : end_(end) {}

    bool change_something() const { return end_ != "\n"; }
    // Appends to `out` what `in` becomes.
    void rewrite(std::string_view in, std::string& out);
    // How many bytes of `in` the first `size` bytes of what rewrite() would make of it stand for.
    std::size_t source_size(std::string_view in, std::size_t size) const;

  private:
    std::string_view end_;
    bool after_cr_ = false;
};

// The same in a pipe of bytes.
class LineEndsTransform final : public net::Transform {
  public:
    explicit LineEndsTransform(LineEnds ends) : ends_(ends) {}
    Status apply(ByteView in, std::vector<std::uint8_t>& out) override;
    Status finish(std::vector<std::uint8_t>& out) override;

  private:
    LineEnds ends_;
    std::string text_;
};

}  // namespace earshot::app
