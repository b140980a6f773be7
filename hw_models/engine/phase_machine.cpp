// SPDX-License-Identifier: Apache-2.0
#include "hw_models/engine/phase_machine.hpp"

#include <algorithm>

namespace vitcod {

Cycle PhaseMachine::advance(Cycle from, Cycle to, Cycle present, EngineCycles& cycles) {
  // A single cycle is stepped whatever next_event() promised: so a stepped run, which asks for one
  // at a time, shows if the promise left something out.
  const bool single = to == from + 1;
  Cycle now = from;
  while (now < to && !done_) {
    if (!ending() && (now == next_step_ || single)) {
      if (now > present && lacks_room()) return now;
      step(now);
      next_step_ = next_event(now);
    }
    const Cycle until = std::min({to, next_step_, end_});
    const EngineActivity done = activity(now);
    cycles.pass(done, now, until);
    waits_for_output_ = done == EngineActivity::kWaitOutput;
    now = until;
    done_ = now == end_;
  }
  return now;
}

void PhaseMachine::advance_one(Cycle now, EngineCycles& cycles) {
  const bool is_due = !ending() && now == next_step_;
  if (is_due) {
    step(now);
    next_step_ = next_event(now);
  }
  if (is_due || ending()) standing_ = activity(now);
  cycles.pass(standing_, now, now + 1);
  waits_for_output_ = standing_ == EngineActivity::kWaitOutput;
  done_ = now + 1 == end_;
}

}  // namespace vitcod
