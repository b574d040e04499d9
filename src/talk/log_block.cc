#include "talk/log_block.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace earshot::talk {

LogBlock::LogBlock(std::size_t size, std::shared_ptr<MemoryBound> memory)
    : memory_(std::move(memory)),
      size_(size),
      bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(size + marks_size())) {
    std::fill_n(marks(), marks_size(), std::uint8_t{0});
    memory_->take(this->memory());
}

LogBlock::~LogBlock() { memory_->give_back(memory()); }

// A byte of marks may have a line's end that others look for beside one that is only being written.
std::uint8_t LogBlock::mark(std::size_t at) const {
    return std::atomic_ref<std::uint8_t>(marks()[at]).load(std::memory_order_relaxed);
}

ByteView LogBlock::append(ByteView line) {
    std::uint8_t* const to = bytes_.get() + used_;
    std::copy(line.begin(), line.end(), to);
    used_ += line.size();
    if (is_usual()) {
        const std::size_t last = used_ - 1;
        const auto bit = static_cast<std::uint8_t>(1U << last % 8);
        std::atomic_ref<std::uint8_t>(marks()[last / 8])
            .store(static_cast<std::uint8_t>(mark(last / 8) | bit), std::memory_order_relaxed);
    }
    return {to, line.size()};
}

void LogBlock::rewind() {
    if (is_usual()) std::fill_n(marks(), (used_ + 7) / 8, std::uint8_t{0});
    used_ = 0;
}

std::size_t LogBlock::rest_of_line(ByteView bytes) const {
    const std::size_t begin = place_of(bytes);
    if (begin == 0 || ends_at(begin - 1)) return 0;
    if (!is_usual()) return bytes.size();
    std::size_t rest = 0;
    while (rest < bytes.size() && !ends_at(begin + rest++)) continue;
    return rest;
}

std::uint64_t LogBlock::lines_in(ByteView bytes) const {
    const std::size_t begin = place_of(bytes);
    if (!is_usual()) return !bytes.empty() && ends_at(begin + bytes.size() - 1) ? 1 : 0;
    std::uint64_t lines = 0;
    for (std::size_t at = begin; at < begin + bytes.size(); ++at) lines += ends_at(at) ? 1 : 0;
    return lines;
}

}  // namespace earshot::talk
