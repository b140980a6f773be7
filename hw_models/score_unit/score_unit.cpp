// SPDX-License-Identifier: Apache-2.0
#include "hw_models/score_unit/score_unit.hpp"

namespace vitcod {

ScoreUnit::ScoreUnit(const sc_core::sc_module_name& name, Clock& clock,
                     const ScoreUnitConfig& config, StatGroup& parent)
    : Module(name, clock),
      config_(config),
      format_(1, config.operand_fraction_bits),
      stats_(parent, basename()) {}

void ScoreUnit::accept(Cycle now, std::uint32_t num) {
  if (num == 0) return;
  if (accepted_.in(now) == 0) {
    if (now > counted_until_) cycles_.pass(Activity::kIdle, counted_until_, now);
    cycles_.pass(Activity::kBusy, now, now + 1);
    counted_until_ = now + 1;
  }
  accepted_.add(now, num);
  check(accepted_.in(now) <= config_.scores_per_cycle,
        "the score unit was given more than it can take");
  scores_ += num;
}

void ScoreUnit::finish(Cycle cycles) {
  check(counted_until_ <= cycles, "scores were taken in more cycles than the run has");
  cycles_.pass(Activity::kIdle, counted_until_, cycles);
}

}  // namespace vitcod
