#include "view/editor/history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "base/i18n.h"

namespace earshot::view {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_;
};

using Explain = Error (*)(const std::string& path, int error);

Error not_read(const std::string& path, int error) {
    return {reason_of_errno(error),
            tr_format("cannot read the history file {}: {}; lines typed now are kept until the program ends", path,
                      errno_text(error))};
}

Error not_saved(const std::string& path, int error) {
    return {reason_of_errno(error),
            tr_format("cannot save the history file {}: {}; check that its folder exists and can be written", path,
                      errno_text(error))};
}

// A file that is no regular one is not opened for reading: a FIFO would stop the program.
Result<Descriptor> open_regular(const std::string& path, int flags, Explain explain) {
    Descriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600));
    if (!file) return explain(path, errno);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) return explain(path, errno);
    if (!S_ISREG(facts.st_mode)) return explain(path, S_ISDIR(facts.st_mode) ? EISDIR : ENOTSUP);
    return file;
}

// The last kMaxFileSize bytes, from the first whole line on.
std::optional<std::string> read_end(int fd) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) return std::nullopt;
    const auto size = static_cast<std::size_t>(facts.st_size);
    std::size_t from = size > History::kMaxFileSize ? size - History::kMaxFileSize : 0;
    std::string content(size - from, '\0');
    std::size_t filled = 0;
    while (filled < content.size()) {
        const ssize_t count =
            ::pread(fd, content.data() + filled, content.size() - filled, static_cast<off_t>(from + filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    content.resize(filled);
    if (from > 0) content.erase(0, std::min(content.find('\n'), content.size() - 1) + 1);
    return content;
}

std::vector<std::string> entries_of(std::string_view content) {
    std::vector<std::string> entries;
    while (!content.empty()) {
        const std::size_t end = std::min(content.find('\n'), content.size());
        if (end > 0 && end <= 2 * History::kMaxEntrySize) entries.push_back(unescape_entry(content.substr(0, end)));
        content.remove_prefix(std::min(end + 1, content.size()));
    }
    return entries;
}

bool write_whole(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

// The file, locked against other programs that save, and still the one that bears its name.
Result<Descriptor> open_locked(const std::string& path) {
    constexpr int kTries = 50;
    for (int i = 0; i < kTries; ++i) {
        auto file = open_regular(path, O_RDWR | O_CREAT, not_saved);
        if (!file) return file;
        if (::flock(file->get(), LOCK_EX | LOCK_NB) == 0) {
            struct stat mine {};
            struct stat named {};
            if (::fstat(file->get(), &mine) == 0 && ::stat(path.c_str(), &named) == 0 && mine.st_ino == named.st_ino &&
                mine.st_dev == named.st_dev) {
                return file;
            }
        } else if (errno != EWOULDBLOCK && errno != EINTR) {
            return not_saved(path, errno);
        }
        ::usleep(2000);  // another program is in the middle of its save
    }
    return not_saved(path, EWOULDBLOCK);
}

Status replace_file(const std::string& path, std::string_view content) {
    std::string temporary = path + ".XXXXXX";  // mkostemp makes it 0600
    Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file) return not_saved(path, errno);
    if (write_whole(file.get(), content) && ::rename(temporary.c_str(), path.c_str()) == 0) return Ok{};
    const int error = errno;
    ::unlink(temporary.c_str());
    return not_saved(path, error);
}

// Where a symbolic link leads, so that the link stays one.
std::string real_path(const std::string& path) {
    char* resolved = ::realpath(path.c_str(), nullptr);
    std::string result = resolved != nullptr ? resolved : path;
    std::free(resolved);  // NOLINT(cppcoreguidelines-no-malloc): realpath's contract
    return result;
}

}  // namespace

std::string escape_entry(std::string_view entry) {
    std::string line;
    line.reserve(entry.size());
    for (const char c : entry) {
        if (c == '\\' || c == '\n' || c == '\r') {
            line.push_back('\\');
            line.push_back(c == '\\' ? '\\' : c == '\n' ? 'n' : 'r');
        } else {
            line.push_back(c);
        }
    }
    return line;
}

std::string unescape_entry(std::string_view line) {
    std::string entry;
    entry.reserve(line.size());
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char next = at + 1 < line.size() ? line[at + 1] : '\0';
        if (line[at] == '\\' && (next == '\\' || next == 'n' || next == 'r')) {
            entry.push_back(next == '\\' ? '\\' : next == 'n' ? '\n' : '\r');
            ++at;
        } else {
            entry.push_back(line[at]);
        }
    }
    return entry;
}

void History::add(std::string_view line) {
    if (line.empty() || line.size() > kMaxEntrySize || (!entries_.empty() && entries_.back() == line)) return;
    entries_.emplace_back(line);
    ++unsaved_;
    trim();
}

void History::trim() {
    while (entries_.size() > kMaxEntries) entries_.pop_front();
    unsaved_ = std::min(unsaved_, entries_.size());
}

Status History::load(const std::string& path) {
    auto file = open_regular(path, O_RDONLY, not_read);
    if (!file && ::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return Ok{};
    if (!file) return file.error();
    const auto content = read_end(file->get());
    if (!content) return not_read(path, errno);
    std::deque<std::string> merged;
    for (std::string& entry : entries_of(*content)) {
        if (merged.empty() || merged.back() != entry) merged.push_back(std::move(entry));
    }
    for (std::string& entry : entries_) merged.push_back(std::move(entry));
    entries_ = std::move(merged);
    trim();
    return Ok{};
}

Status History::save(const std::string& path) {
    if (unsaved_ == 0) return Ok{};
    const std::string target = real_path(path);
    auto file = open_locked(target);
    if (!file) return file.error();
    const auto content = read_end(file->get());
    if (!content) return not_saved(path, errno);
    std::vector<std::string> lines = entries_of(*content);
    for (std::size_t i = entries_.size() - unsaved_; i < entries_.size(); ++i) {
        if (lines.empty() || lines.back() != entries_[i]) lines.push_back(entries_[i]);
    }
    // The newest that fit, by count and by size: what is written must be read whole the next time.
    std::vector<std::string> escaped;
    std::size_t size = 0;
    for (auto line = lines.rbegin(); line != lines.rend() && escaped.size() < kMaxEntries; ++line) {
        escaped.push_back(escape_entry(*line));
        size += escaped.back().size() + 1;
        if (size > kMaxFileSize) {
            escaped.pop_back();
            break;
        }
    }
    std::string whole;
    whole.reserve(size);
    for (auto line = escaped.rbegin(); line != escaped.rend(); ++line) whole += *line + "\n";
    const Status status = replace_file(target, whole);
    if (status) unsaved_ = 0;
    return status;
}

}  // namespace earshot::view
