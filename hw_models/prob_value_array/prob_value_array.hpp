// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/dma/packet.hpp"
#include "hw_models/gemm_engine/gemm_contents.hpp"
#include "hw_models/prob_value_array/prob_value_array_cost.hpp"
#include "hw_models/prob_value_array/prob_value_kernel.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// P x V of SpAtten: one row of P at a time, over the rows of V that were chosen for it. Each bank
/// of V feeds its own multipliers, at its own pace: a row takes as long as its fullest bank, or as
/// the division of its features (ProbValueArrayCost::row_cycles). A packet leaves `latency_cycles`
/// after its last row. The magnitudes of outputs are added to the importance of their head.
class ProbValueArray final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkIn<AttentionRow> row_in{"row_in"};
  LinkOut<Packet> packet_out{"packet_out"};

  /// `contents`, `importance`: null if no values are computed.
  ProbValueArray(const sc_core::sc_module_name& name, Clock& clock, const ProbValueArrayCost& cost,
                 const GemmContents* contents, Importance* importance, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }

 private:
  enum class Activity { kIdle, kMultiplying, kWaitRows, kOutputBlocked };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  Cycle begin_row(const AttentionRow& row);
  void compute(const AttentionRow& row);
  bool ends_packet(std::uint32_t i) const;
  Packet next_packet();

  const ProbValueArrayCost cost_;
  const GemmContents* const contents_;
  Importance* const importance_;
  const ProbValueKernel* kernel_ = nullptr;
  std::uint32_t next_row_ = 0;      ///< of those of the pass
  std::uint32_t packet_begin_ = 0;  ///< the first row of the packet in the making
  std::uint32_t packet_rows_ = 0;   ///< that it has
  Busy busy_;
  std::shared_ptr<std::vector<std::uint8_t>> values_;  ///< of the packet in the making

  StatGroup stats_;
  CycleBreakdown<Activity, 4> cycles_{stats_,
                                      {"idle", "multiplying", "wait_rows", "output_blocked"}};
  Counter macs_{stats_, "macs", "multiply-accumulates"};
  Counter macs_with_low_bits_{stats_, "macs_with_low_bits", "of them, with low bits of V"};
  Counter rows_{stats_, "rows", "output rows"};
  Counter value_bytes_{stats_, "value_bytes_read", "of V"};
};

}  // namespace vitcod
