// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/gemm_engine/gemm_contents.hpp"
#include "hw_models/query_key_array/query_key_array_cost.hpp"
#include "hw_models/query_key_array/query_key_kernel.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Q x K of SpAtten: one head and one query at a time. The query is in registers, the keys of the
/// head stream out of the buffer, as many in a cycle as the multipliers hold, but no more than the
/// adder tree has outputs. A row of n keys takes QueryKeyArrayCost::row_cycles; it leaves
/// `latency_cycles` after the last of these.
class QueryKeyArray final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkOut<AttentionRow> row_out{"row_out"};

  /// `contents`: of the buffer; null if no values are computed.
  QueryKeyArray(const sc_core::sc_module_name& name, Clock& clock, const QueryKeyArrayCost& cost,
                const GemmContents* contents, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }

 private:
  enum class Activity { kIdle, kMultiplying, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  std::shared_ptr<RowValues> products(std::uint32_t row) const;

  const QueryKeyArrayCost cost_;
  const GemmContents* const contents_;
  const PairTile* tile_ = nullptr;
  std::uint32_t next_row_ = 0;
  Busy busy_;

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "multiplying", "output_blocked"}};
  Counter macs_{stats_, "macs", "multiply-accumulates"};
  Counter macs_with_low_bits_{stats_, "macs_with_low_bits", "of them, of operands with low bits"};
  Counter scores_{stats_, "scores", "scores made"};
  Counter query_bytes_{stats_, "query_bytes_read", "of Q, into the registers"};
  Counter key_bytes_{stats_, "key_bytes_read", "of K, for each query"};
};

}  // namespace vitcod
