// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "hw_models/score_unit/score_format.hpp"
#include "hw_models/score_unit/score_unit_config.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/uses_in_cycle.hpp"

namespace vitcod {

/// One engine's score unit: scale, exp or sigmoid by table, row maximum of the exponents, write to
/// S (format: score_format.hpp). Takes up to `scores_per_cycle` scores a cycle, always; an entry is
/// in the S buffer `latency_cycles` later. Masked entries of the denser block pass through and are
/// written as zero weight. Passive: its engine calls it.
class ScoreUnit final : public Module {
 public:
  ScoreUnit(const sc_core::sc_module_name& name, Clock& clock, const ScoreUnitConfig& config,
            StatGroup& parent);

  std::uint32_t latency_cycles() const { return config_.latency_cycles; }
  std::uint32_t scores_per_cycle() const { return config_.scores_per_cycle; }

  /// Sets the scale for head dimension `features`, and the function: exp, or sigmoid with its bias.
  void begin(std::uint32_t features, std::optional<double> sigmoid_bias) {
    format_ = ScoreFormat(features, config_.operand_fraction_bits, sigmoid_bias);
  }
  const ScoreFormat& format() const { return format_; }

  /// Takes `num` scores in cycle `now`; ModelError if that is more than the unit can.
  void accept(Cycle now, std::uint32_t num);

  void finish(Cycle cycles) override;
  const CycleAccount* account() const override { return &cycles_; }

 private:
  enum class Activity { kIdle, kBusy };

  const ScoreUnitConfig config_;
  ScoreFormat format_;
  UsesInCycle accepted_;
  Cycle counted_until_ = 0;  ///< cycles before are in the account

  StatGroup stats_;
  Counter scores_{stats_, "scores", "scores taken, each written to S"};
  CycleBreakdown<Activity, 2> cycles_{stats_, {"idle", "busy"}};
};

}  // namespace vitcod
