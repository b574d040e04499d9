// A file, or the standard output, that is written from front to back once it is clear that it will be: until open()
// what is written only waits.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace earshot::app {

class WrittenFile {
  public:
    // "-": the standard output.
    explicit WrittenFile(std::string path) : path_(std::move(path)) {}

    bool is_standard() const { return path_ == "-"; }
    void write(std::string_view bytes) { waiting_ += bytes; }
    // Creates it, or empties what is there.
    Status open();
    // Hands over what waits. Nothing before open(). A reader who has gone away is no failure: the rest is let go.
    Status flush();
    // After the last flush(): what a file system has not told yet, it tells now.
    Status close();
    bool reader_has_gone() const { return reader_has_gone_; }

  private:
    Error failure(int error) const;

    std::string path_;
    std::string waiting_;
    UniqueFd own_;
    int descriptor_ = -1;
    bool reader_has_gone_ = false;
};

}  // namespace earshot::app
