// Starts programs on threads of its own: whoever starts one stands still until the new program runs, which is half a
// millisecond and more, and a loop has other conversations.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace earshot::net {

class Spawner {
  public:
    Spawner() = default;
    // Waits until all that has been given to it has been done.
    ~Spawner();
    Spawner(const Spawner&) = delete;
    Spawner& operator=(const Spawner&) = delete;

    // Does it soon, a few at a time, on one of its threads; here and now where the system has no more of them.
    void run(std::function<void()> work);

  private:
    bool add_thread();
    void serve();

    std::mutex mutex_;  // guards all of these
    std::condition_variable due_;
    std::deque<std::function<void()>> work_;
    std::size_t idle_ = 0;  // threads that wait for work
    bool ends_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace earshot::net
