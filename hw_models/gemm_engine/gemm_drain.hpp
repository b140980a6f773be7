// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/dma/packet.hpp"
#include "hw_models/gemm_engine/gemm_contents.hpp"
#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/gemm_engine/gemm_engine_cost.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/busy.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Makes results of a block's sums, `drain_lanes` a cycle, row by row: requantisation, and a table
/// or the residual. Each row takes ceil(columns / lanes) cycles; rows that are divided at least
/// `divide_cycles`, and the first one has to wait for its reciprocal. A packet is complete with its
/// last row and leaves `drain_latency_cycles` later, one a cycle; rows go on meanwhile, but the
/// next packet is not completed before those of the last one are on the link, which holds them from
/// the drain until they are taken. Once the last row is read the block's accumulators are free.
class GemmDrain final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkIn<FinishedBlock> block_in{"block_in"};
  LinkOut<AccumulatorsFreed> freed_out{"freed_out"};
  LinkOut<Packet> packet_out{"packet_out"};

  /// `contents`: of the residual's banks; null if no values are computed.
  GemmDrain(const sc_core::sc_module_name& name, Clock& clock, const GemmEngineConfig& config,
            const GemmContents* contents, StatGroup& parent);

 private:
  enum class Activity { kIdle, kDraining, kSending };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  bool begin(Cycle now);
  void finish_rows(Cycle now);
  bool send_packet(Cycle now);
  void end();
  std::uint32_t next_end() const;
  Cycle row_cycles() const;
  std::uint32_t rows_of(const DrainSegment& segment) const;
  Packet packet_of(const DrainSegment& segment, std::uint32_t first, std::uint32_t rows);
  Payload results(const DrainSegment& segment, std::uint32_t first, std::uint32_t rows) const;
  std::int32_t result(std::uint32_t row, std::uint32_t column) const;

  const GemmCost cost_;
  const GemmContents* const contents_;
  const DrainKernel* kernel_ = nullptr;
  FinishedBlock block_;
  std::uint32_t rows_done_ = 0;  ///< with them a packet is complete
  Busy busy_;                    ///< the rows up to the next packet's last one
  std::deque<Packet> ready_;

  StatGroup stats_;
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "draining", "sending"}};
  Counter results_{stats_, "results", "elements of Y"};
  Counter lookups_{stats_, "lookups", "of them through a table"};
  Counter residual_bytes_{stats_, "residual_bytes", "of the residual read"};
  Counter reciprocals_{stats_, "reciprocals", "of rows that are divided"};
  Counter accumulator_bytes_read_{stats_, "accumulator_bytes_read", "of sums read"};
};

}  // namespace vitcod
