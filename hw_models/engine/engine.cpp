// SPDX-License-Identifier: Apache-2.0
#include "hw_models/engine/engine.hpp"

#include <algorithm>

namespace vitcod {

Engine::Engine(const sc_core::sc_module_name& name, Clock& clock, const MacLinesConfig& lines,
               StatGroup& parent)
    : Block(name, clock), lines_(lines), stats_(parent, basename()) {}

Cycle Engine::tick(Cycle now) {
  if (now < simulated_until_) return simulated_until_;  // woken by a link, nothing to decide yet
  const Cycle next_own = serve_others(now) ? now + 1 : kOnLink;
  if (phase_ == nullptr) {
    if (!order_in->valid()) return next_own;
    begin_phase(now);
  }
  simulated_until_ = advance(now);
  account_until(simulated_until_);
  if (!phase_->waits_for_output()) {
    clock().scheduler().note_progress(clock().tick_of(simulated_until_));
  }
  if (!phase_->done()) {
    cycles_.standing(EngineActivity::kWaitOutput);
    return simulated_until_;
  }
  done_out->push_at(UnitDone{}, simulated_until_ - 1);
  phase_.reset();
  cycles_.standing(EngineActivity::kIdle);
  return next_own;
}

void Engine::begin_phase(Cycle now) {
  start_ = now + lines_.reconfigure_cycles;
  phase_ = make_phase(*order_in->pop().kernel, start_);
  ++phases_;
}

Cycle Engine::advance(Cycle now) {
  const bool runs_ahead = !stepped() && phase_->runs_ahead();
  const Cycle limit = runs_ahead ? kOnLink - 1 : now + 1;
  Cycle reached = now;
  if (reached < start_) {
    const Cycle until = std::min(start_, limit);
    cycles_.pass(EngineActivity::kReconfigure, reached, until);
    reached = until;
  }
  if (reached == limit) return reached;
  if (stepped() || runs_ahead) return phase_->advance(reached, limit, now, cycles_);
  phase_->advance_one(now, cycles_);
  return limit;
}

}  // namespace vitcod
