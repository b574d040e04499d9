// A piece of what a fan-out has said: lines one after the other, and where each ends, held by all who still have to get
// some of them. Counted in the program's memory for as long as it is there.
//
// Its fan-out's thread writes, at the end only. Others read what had been written when they were given it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/memory_bound.h"

namespace earshot::talk {

class LogBlock {
  public:
    static constexpr std::size_t kUsual = 64 * 1024;  // bytes; a longer line has a block of its own

    LogBlock(std::size_t size, std::shared_ptr<MemoryBound> memory);
    ~LogBlock();
    LogBlock(const LogBlock&) = delete;
    LogBlock& operator=(const LogBlock&) = delete;

    // Memory it takes.
    std::size_t memory() const { return sizeof(LogBlock) + size_ + marks_size(); }
    std::size_t room() const { return size_ - used_; }
    bool is_usual() const { return size_ == kUsual; }

    // Where it lies from now on. There is room for it.
    ByteView append(ByteView line);
    // Nobody else has it any more: it is written anew.
    void rewind();

    // Of bytes that lie here: how many at their beginning belong to a line that began before them, and how many lines
    // end in them.
    std::size_t rest_of_line(ByteView bytes) const;
    std::uint64_t lines_in(ByteView bytes) const;

  private:
    std::size_t marks_size() const { return is_usual() ? kUsual / 8 : 0; }  // one line needs none
    std::uint8_t* marks() const { return bytes_.get() + size_; }
    std::uint8_t mark(std::size_t at) const;
    bool ends_at(std::size_t at) const { return is_usual() ? (mark(at / 8) >> at % 8 & 1) != 0 : at + 1 == size_; }
    std::size_t place_of(ByteView bytes) const { return static_cast<std::size_t>(bytes.data() - bytes_.get()); }

    const std::shared_ptr<MemoryBound> memory_;
    const std::size_t size_;
    std::size_t used_ = 0;                   // its writer's
    std::unique_ptr<std::uint8_t[]> bytes_;  // and behind them a bit for each, set where a line ends
};

using SharedBlock = std::shared_ptr<const LogBlock>;

}  // namespace earshot::talk
