// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/engine/partial_row.hpp"
#include "hw_models/pack_unit/packed_pass.hpp"
#include "hw_models/score_array/row_sums.hpp"
#include "hw_models/score_array/score_array_cost.hpp"
#include "hw_models/score_array/score_array_kernel.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// A score-stationary array: each row of PEs works on a sub-row of a pass, each PE on one of its
/// scores, which stays there from the product of Q and K over its exp to the products with V, whose
/// sums pass along the row. Passes are taken as they come, each for ScoreArrayCost::pass() cycles.
/// Output rows are summed up over passes; after the tile's last one, rows with kept entries leave
/// in row order. An order is answered with the last row, or with the last pass if there is none.
class ScoreArray final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkIn<PackedPass> pass_in{"pass_in"};
  LinkOut<PartialRow> row_out{"row_out"};

  /// `contents`: of the operand buffers; null if no values are computed.
  ScoreArray(const sc_core::sc_module_name& name, Clock& clock, const ScoreArrayConfig& config,
             EngineContents* contents, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }

 private:
  enum class Activity { kIdle, kLoading, kSddmm, kExp, kSpmm, kWaitPass, kDrain, kWaitOutput };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void begin(const Kernel& kernel, Cycle now);
  void work_on(const PackedPass& pass, Cycle now);
  void count(const PackedPass& pass);
  void compute(const PackedPass& pass);
  RowSums compute(const SubRow& sub_row, const PackedPass& pass) const;
  void begin_drain(Cycle now);
  Cycle drain(Cycle now);
  void end();

  const ScoreArrayCost cost_;
  EngineContents* const contents_;
  const ScoreArrayKernel* kernel_ = nullptr;  ///< of the order in progress; null: none
  ScoreFormat format_;
  bool drains_ = false;                  ///< the tile's last pass has been worked on
  std::vector<std::uint32_t> finished_;  ///< rows that have yet to leave, the last one first
  std::vector<RowSums> rows_;            ///< of the tile, if values are computed
  Busy busy_;
  Cycle summed_until_ = 0;  ///< the last sums of the passes so far are there

  StatGroup stats_;
  CycleBreakdown<Activity, 8> cycles_{
      stats_, {"idle", "loading", "sddmm", "exp", "spmm", "wait_pass", "drain", "wait_output"}};
  Counter passes_{stats_, "passes", "passes, each of sub-rows of one segment"};
  Counter places_{stats_, "places", "PEs of the sub-rows, in all passes"};
  Counter scores_{stats_, "scores", "scores of kept entries, each with its exp"};
  Counter macs_{stats_, "macs", "multiply-accumulates"};
  Counter query_bytes_{stats_, "query_bytes_read", "of Q rows"};
  Counter key_bytes_{stats_, "key_bytes_read", "of K rows of segments"};
  Counter value_bytes_{stats_, "value_bytes_read", "of V rows of segments"};
  Counter accumulations_{stats_, "accumulations",
                         "sums of 4 bytes that were read, added and written"};
  Counter row_updates_{stats_, "row_updates", "exponents and sums of weights that were updated"};
  Counter drained_bytes_{stats_, "drained_bytes", "of finished sums"};
};

}  // namespace vitcod
