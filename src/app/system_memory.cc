#include "app/system_memory.h"

#include <sys/sysinfo.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace earshot::app {

namespace {

std::string contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The path behind "0::", which is the group of version 2.
std::string_view group_of(std::string_view membership) {
    while (!membership.empty()) {
        const std::size_t end = std::min(membership.find('\n'), membership.size());
        const std::string_view line = membership.substr(0, end);
        if (line.starts_with("0::/")) return line.substr(3);
        membership.remove_prefix(std::min(end + 1, membership.size()));
    }
    return {};
}

}  // namespace

ByteCount group_memory(const std::string& root, std::string_view membership) {
    ByteCount least = 0;
    std::string_view group = group_of(membership);
    while (!group.empty()) {
        const std::string text = contents(root + std::string(group) + "/memory.max");
        ByteCount most = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), most);  // "max" is no number
        if (read.ec == std::errc() && most > 0) least = least == 0 ? most : std::min(least, most);
        group = group.substr(0, group.rfind('/'));
    }
    return least;
}

ByteCount system_memory() {
    struct sysinfo facts {};
    const ByteCount machine = ::sysinfo(&facts) == 0 ? ByteCount{facts.totalram} * facts.mem_unit : 0;
    const ByteCount group = group_memory("/sys/fs/cgroup", contents("/proc/self/cgroup"));
    if (machine == 0 || group == 0) return std::max(machine, group);
    return std::min(machine, group);
}

ByteCount most_memory(const Options& options) {
    if (options.verb != Verb::listen && options.verb != Verb::tap) return 0;
    return options.max_memory ? *options.max_memory : system_memory() / 2;
}

}  // namespace earshot::app
