// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/errors.hpp"
#include "sim/kernel/clock.hpp"

namespace vitcod {

/// When a port, a way or a unit that does one thing at a time is busy with it. The next thing may
/// begin in the first cycle after the last one's.
class Busy {
 public:
  /// Whether it is still busy in cycle `now`.
  bool at(Cycle now) const { return end_ > now; }
  /// The first cycle in which it is free.
  Cycle end() const { return end_; }
  /// The last one in which it is not.
  Cycle last() const { return end_ - 1; }

  /// Begins something in cycle `now` that takes so many; ModelError if it is busy.
  void begin(Cycle now, Cycle cycles) {
    check(!at(now), "something began before what was under way had ended");
    end_ = now + cycles;
  }

 private:
  Cycle end_ = 0;
};

}  // namespace vitcod
