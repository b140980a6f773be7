// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "hw_models/query_key_array/attention_rows.hpp"
#include "hw_models/query_key_array/low_bits_config.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "hw_models/softmax_unit/softmax_unit_cost.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Softmax of whole rows. In step with the array its lanes take 2^t of each score and find the
/// row's largest exponent; here they pass over the row once more, `parallelism` entries a cycle:
/// weights, their sum, and probabilities, which are added to the tokens' importance. A row leaves
/// `latency_cycles` after its last entry. In a first pass without low bits a row whose largest
/// probability is below the threshold goes on without its entries, and is computed again. With
/// values: ModelError if these are other rows than the trace says.
class SoftmaxUnit final : public Block {
 public:
  LinkIn<AttentionRow> row_in{"row_in"};
  LinkOut<AttentionRow> row_out{"row_out"};

  /// `importance`: null if no values are computed.
  SoftmaxUnit(const sc_core::sc_module_name& name, Clock& clock, const SoftmaxUnitConfig& config,
              const LowBitsConfig& low_bits, Importance* importance, StatGroup& parent);

 private:
  enum class Activity { kIdle, kNormalising, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void weigh(const AttentionRow& row);

  const SoftmaxUnitCost cost_;
  const std::uint32_t fraction_bits_;
  const std::uint32_t threshold_;  ///< 16 fraction bits
  Importance* const importance_;
  Busy busy_;

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "normalising", "output_blocked"}};
  Counter rows_{stats_, "rows", "rows of P"};
  Counter flat_rows_{stats_, "flat_rows", "of them, that are computed again with low bits"};
  Counter scores_{stats_, "scores", "their entries"};
  Counter importances_{stats_, "importances", "of tokens, to which a probability was added"};
};

}  // namespace vitcod
