// The lines a person typed before, oldest first, kept between runs in a file that several programs may share.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"

namespace earshot::view {

// Works in memory whatever becomes of its file.
class History {
  public:
    static constexpr std::size_t kMaxEntries = 1000;
    static constexpr std::size_t kMaxEntrySize = 64 * 1024;  // bytes; a longer line is not kept
    static constexpr std::size_t kMaxFileSize = 8 << 20;     // bytes; of a larger file the end is read

    // Adds as the newest; not an empty line, nor one equal to the newest.
    void add(std::string_view line);
    std::size_t size() const { return entries_.size(); }
    // 0 is the oldest.
    const std::string& operator[](std::size_t index) const { return entries_[index]; }

    // Puts the file's lines before those added so far. A missing file is an empty history, not an error.
    Status load(const std::string& path);
    // Adds this program's new lines to what the file holds by now, and replaces it in one step (mode 0600). Waits for
    // another program's save, but not longer than about 100 ms.
    Status save(const std::string& path);

  private:
    void trim();

    std::deque<std::string> entries_;
    std::size_t unsaved_ = 0;  // so many of the newest are not in the file
};

// An entry as a line of the file and back: \ and line breaks are written \\, \n, \r.
std::string escape_entry(std::string_view entry);
std::string unescape_entry(std::string_view line);

}  // namespace earshot::view
