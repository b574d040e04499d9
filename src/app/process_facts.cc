#include "app/process_facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <ctime>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace earshot::app {

namespace {

std::string contents(const char* path) {
    const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
    std::string text;
    char piece[4096];
    ssize_t got = 0;
    while (file && (got = ::read(file.get(), piece, sizeof piece)) > 0)
        text.append(piece, static_cast<std::size_t>(got));
    return text;
}

// The fields of /proc/self/stat from the third on (proc(5) counts from 1): the second is a name in brackets that may
// hold anything.
class StatFields {
  public:
    explicit StatFields(std::string_view text) : rest_(text) {
        const std::size_t name_end = rest_.rfind(')');
        rest_ = name_end == std::string_view::npos ? std::string_view() : rest_.substr(name_end + 1);
    }
    std::uint64_t at(int field) const {
        std::string_view rest = rest_;
        for (int i = 3;; ++i) {
            const std::size_t begin = rest.find_first_not_of(' ');
            if (begin == std::string_view::npos) return 0;
            rest.remove_prefix(begin);
            const std::size_t end = rest.find(' ');
            if (i == field) {
                std::uint64_t value = 0;
                std::from_chars(rest.data(), rest.data() + std::min(end, rest.size()), value);
                return value;
            }
            if (end == std::string_view::npos) return 0;
            rest.remove_prefix(end);
        }
    }

  private:
    std::string_view rest_;
};

// Since 1970. From the clocks, because /proc/stat may be hidden (ProcSubset=pid in systemd).
double boot_seconds() {
    timespec real{}, since_boot{};
    ::clock_gettime(CLOCK_REALTIME, &real);
    ::clock_gettime(CLOCK_BOOTTIME, &since_boot);
    return static_cast<double>(real.tv_sec - since_boot.tv_sec) +
           static_cast<double>(real.tv_nsec - since_boot.tv_nsec) / 1e9;
}

std::uint64_t open_descriptors() {
    struct stat facts {};
    // Since Linux 6.2 the folder's size is their number; before, it is 0.
    if (::stat("/proc/self/fd", &facts) == 0 && facts.st_size > 0) return static_cast<std::uint64_t>(facts.st_size);
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr) return 0;
    std::uint64_t count = 0;
    while (const dirent* const entry = ::readdir(folder)) count += entry->d_name[0] != '.' ? 1 : 0;
    ::closedir(folder);
    return count - 1;  // without the one that counted
}

}  // namespace

ProcessFacts process_facts() {
    const std::string text = contents("/proc/self/stat");
    const StatFields fields(text);
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    ProcessFacts facts;
    facts.cpu_seconds = static_cast<double>(fields.at(14) + fields.at(15)) / ticks;
    facts.threads = fields.at(20);
    facts.start_seconds = std::round((boot_seconds() + static_cast<double>(fields.at(22)) / ticks) * 100) / 100;
    facts.virtual_size = fields.at(23);
    facts.resident = fields.at(24) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    facts.open_descriptors = open_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.most_descriptors = limit.rlim_cur;
    return facts;
}

}  // namespace earshot::app
