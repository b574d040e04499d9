#include "base/memory_reserve.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace earshot {

namespace {

std::atomic<void*> reserve = nullptr;
std::atomic<std::size_t> wanted = 0;  // 0: nothing is to be kept

// Each time the system says no: to return is to be asked to try again.
void give_up_reserve() {
    void* const kept = reserve.exchange(nullptr);
    if (!kept) throw std::bad_alloc();
    std::free(kept);
}

// malloc, which does not ask the handler.
bool fill() {
    void* const kept = std::malloc(wanted);
    std::free(reserve.exchange(kept));
    return kept != nullptr;
}

}  // namespace

void keep_memory_back(std::size_t bytes) {
    wanted = bytes;
    std::set_new_handler(give_up_reserve);
    fill();
}

bool is_memory_short() { return reserve.load(std::memory_order_relaxed) == nullptr && wanted != 0 && !fill(); }

}  // namespace earshot
