// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/base/stats.hpp"
#include "sim/kernel/block.hpp"

namespace vitcod {

/// What the controller's next load waits for: a part of the controller that commands no more than
/// it is told, with cycles of its own.
class LoadAccount final : public Module {
 public:
  enum class Reason { kCommanding, kWaitJob, kWaitRoom, kWaitDma, kDone };

  LoadAccount(const sc_core::sc_module_name& name, Clock& clock, StatGroup& parent)
      : Module(name, clock), stats_(parent, basename()) {}

  /// `reason` holds from cycle `now` on, the one before it until then.
  void standing(Reason reason, Cycle now) {
    finish(now);
    cycles_.standing(reason);
  }

  void finish(Cycle cycles) override {
    cycles_.pass(counted_until_, cycles);
    counted_until_ = cycles;
  }
  const CycleAccount* account() const override { return &cycles_; }

 private:
  Cycle counted_until_ = 0;
  StatGroup stats_;
  CycleBreakdown<Reason, 5> cycles_{stats_,
                                    {"commanding", "wait_job", "wait_space", "wait_dma", "done"}};
};

}  // namespace vitcod
