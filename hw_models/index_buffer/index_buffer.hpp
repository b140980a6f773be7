// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/index_buffer/index_buffer_config.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/uses_in_cycle.hpp"

namespace vitcod {

/// The sparser engine's index buffer: holds the CSC index and serves `reads_per_cycle` look-ups a
/// cycle. Capacity is kept by the controller. Passive: the SpMM controller calls it.
class IndexBuffer final : public Module {
 public:
  IndexBuffer(const sc_core::sc_module_name& name, Clock& clock, const IndexBufferConfig& config,
              StatGroup& parent)
      : Module(name, clock), config_(config), stats_(parent, basename()) {}

  /// Asks for one look-up in cycle `now`; false if all ports are taken.
  bool request(Cycle now) {
    if (looked_up_.in(now) == config_.reads_per_cycle) return false;
    if (looked_up_.in(now) == 0) note_busy(now);
    looked_up_.add(now);
    ++reads_;
    return true;
  }

  void finish(Cycle cycles) override {
    check(counted_until_ <= cycles, "the index buffer was read in more cycles than the run has");
    cycles_.pass(Activity::kIdle, counted_until_, cycles);
  }
  const CycleAccount* account() const override { return &cycles_; }

 private:
  enum class Activity { kIdle, kBusy };

  void note_busy(Cycle now) {
    if (now > counted_until_) cycles_.pass(Activity::kIdle, counted_until_, now);
    cycles_.pass(Activity::kBusy, now, now + 1);
    counted_until_ = now + 1;
  }

  const IndexBufferConfig config_;
  UsesInCycle looked_up_;
  Cycle counted_until_ = 0;  ///< cycles before are in the account

  StatGroup stats_;
  Counter reads_{stats_, "reads", "look-ups"};
  CycleBreakdown<Activity, 2> cycles_{stats_, {"idle", "busy"}};
};

}  // namespace vitcod
