// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/query_key_array/attention_rows.hpp"
#include "hw_models/top_k_engine/top_k_cost.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Local V pruning: of each row of P, the entries whose rows of V are read. A row takes the cycles
/// of its search, at least one; it leaves in the last of them, and is seen behind the engine
/// in the next one. With values the engine chooses itself: ModelError if it comes to another choice
/// than the trace, or searches otherwise.
class ValueSelector final : public Block {
 public:
  LinkIn<AttentionRow> row_in{"row_in"};
  LinkOut<AttentionRow> row_out{"row_out"};

  ValueSelector(const sc_core::sc_module_name& name, Clock& clock, const TopKConfig& config,
                StatGroup& parent);

 private:
  enum class Activity { kIdle, kSelecting, kPassing, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void check_choice(const AttentionRow& row) const;

  const TopKCost cost_;
  Busy busy_;

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_{stats_, {"idle", "selecting", "passing", "output_blocked"}};
  Counter rows_{stats_, "rows", "rows of P of which some entries are chosen"};
  Counter entries_{stats_, "entries", "entries of all rows of P"};
  Counter words_{stats_, "words", "words of entries that passes took"};
};

}  // namespace vitcod
