// SPDX-License-Identifier: Apache-2.0
#include "hw_models/engine/phase_machine.hpp"

#include <algorithm>

namespace vitcod {

Cycle PhaseMachine::advance(Cycle from, Cycle to, Cycle present, EngineCycles& cycles) {
  Cycle now = from;
  while (now < to && !done_) {
    if (now == next_step_) {
      if (now > present && lacks_room()) return now;
      step(now);
      next_step_ = next_event(now);
    }
    const Cycle until = std::min({to, next_step_, end_});
    cycles.add(activity(now), until - now);
    now = until;
    done_ = now == end_;
  }
  return now;
}

}  // namespace vitcod
