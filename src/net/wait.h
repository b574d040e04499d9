// A timer that calls a member function of the object it is embedded in, for classes that wait for more than one thing.
#pragma once

#include "base/timer_wheel.h"

namespace earshot::net {

template <typename Owner>
class Wait final : public Timer {
  public:
    Wait(Owner& owner, void (Owner::*then)()) : owner_(owner), then_(then) {}

  private:
    void on_timer() override { (owner_.*then_)(); }
    Owner& owner_;
    void (Owner::*then_)();
};

}  // namespace earshot::net
