// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "hw_models/controller/controller_messages.hpp"
#include "hw_models/gemm_engine/gemm_contents.hpp"
#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/gemm_engine/gemm_engine_cost.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// All MAC lines as one array for a linear layer, output-stationary: line i holds column i of a
/// block of Y, a row in each of its int32 accumulators. In a row step `macs_per_line` features of
/// one row of X go to all lines, each of which multiplies them with the chunk of W in its registers
/// and adds to the row's accumulator; or `shift_lanes_per_line` features, which it shifts, or
/// `add_lanes_per_line` codes, by which it adds values of the chunk or leaves them. The next chunk
/// of W comes meanwhile. A kernel of r rows, c columns and k features, all of it determined when it
/// begins, takes fill + steps + starving cycles (GemmCost::cycles), after `reconfigure_cycles`
/// where the lines did something else before, and begins a block only once the block's accumulators
/// are free. Where a piece of W stays for several blocks, the sums of each wait in the output
/// buffer for the next piece (CarriedSums): a row's come with its step of the first chunk, and go
/// with that of the last one, on a way of `carried_bytes_per_cycle`.
class GemmArray final : public Block {
 public:
  LinkIn<UnitOrder> order_in{"order_in"};
  LinkOut<UnitDone> done_out{"done_out"};
  LinkOut<FinishedBlock> block_out{"block_out"};
  LinkIn<AccumulatorsFreed> freed_in{"freed_in"};

  /// `contents`: of the operands' banks and of sums that wait; null if no values are computed.
  GemmArray(const sc_core::sc_module_name& name, Clock& clock, const GemmEngineConfig& config,
            const MacLinesConfig& lines, GemmContents* contents, StatGroup& parent);

  std::uint64_t macs_done() const { return macs_.value(); }
  std::uint64_t busy_line_cycles() const { return busy_line_cycles_.value(); }
  /// Cycles in row steps.
  std::uint64_t step_cycles() const { return cycles_.cycles(Activity::kBusy); }
  std::uint64_t shifts_done() const { return shifts_.value(); }
  std::uint64_t carried_bytes_written() const { return carried_bytes_written_.value(); }
  std::uint64_t carried_bytes_read() const { return carried_bytes_read_.value(); }
  std::uint64_t additions_done() const { return additions_ ? additions_->value() : 0; }

 private:
  enum class Activity { kIdle, kReconfigure, kWaitDrain, kFill, kBusy, kWaitWeights, kCarry };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }
  void begin(const GemmKernel& kernel, Cycle now);
  void plan(Activity activity, std::uint64_t cycles);
  void count(const GemmKernel& kernel, std::uint64_t constant_bytes);
  void compute(const GemmKernel& kernel);
  void add_piece(const GemmKernel& kernel, const GemmPiece& piece);
  static void add_products(const GemmKernel& kernel, std::int32_t operand,
                           const std::int8_t* weights, std::size_t stride, std::int32_t* sums);
  const GemmCost& cost_of(const GemmKernel& kernel) const {
    if (kernel.primitive == Primitive::kAdd) return add_cost_;
    return kernel.primitive == Primitive::kShift ? shift_cost_ : cost_;
  }
  Counter& products_of(const GemmKernel& kernel);
  void add_attention_piece(const GemmKernel& kernel, const GemmPiece& piece);
  std::int32_t attention_input(const GemmKernel& kernel, const std::uint8_t* inputs,
                               std::size_t features, std::size_t row, std::size_t feature) const;
  void begin_values(const GemmKernel& kernel);
  void resume_values(const GemmKernel& kernel);

  const GemmCost cost_;
  const GemmCost shift_cost_;  ///< of kernels whose weights are shifts
  const GemmCost add_cost_;    ///< of kernels whose inputs are codes
  GemmContents* const contents_;
  std::uint32_t free_files_;
  const GemmKernel* waiting_ = nullptr;  ///< a kernel whose block has no accumulators yet
  Cycle planned_until_ = 0;
  std::deque<std::pair<Activity, Cycle>> plan_;  ///< what the array does, and until when
  std::shared_ptr<BlockValues> values_;          ///< of the block that is summed up

  StatGroup stats_;
  CycleBreakdown<Activity, 7> cycles_{
      stats_, {"idle", "reconfigure", "wait_drain", "fill", "busy", "wait_weights", "carry"}};
  Counter macs_{stats_, "macs", "multiply-accumulates"};
  Counter busy_line_cycles_{stats_, "busy_line_cycles",
                            "of lines that have a column, in row steps"};
  Counter shifts_{stats_, "shifts", "shifts, each with the addition of its result"};
  std::optional<Counter> additions_;  ///< of lines that have add lanes
  Counter kernels_{stats_, "kernels", "parts of blocks"};
  Counter blocks_{stats_, "blocks", "blocks of Y"};
  Counter input_bytes_{stats_, "input_bytes", "of X read and broadcast"};
  Counter weight_bytes_{stats_, "weight_bytes", "of W and constants read into registers"};
  Counter accumulator_bytes_{stats_, "accumulator_bytes", "of sums that are added to"};
  Counter input_lookups_{stats_, "input_lookups", "elements of X through a table"};
  Counter turned_bytes_{stats_, "turned_bytes", "of X through the block that turns it"};
  Counter beside_macs_{stats_, "beside_macs", "multiply-accumulates of the line beside the array"};
  Counter beside_accumulator_bytes_{stats_, "beside_accumulator_bytes",
                                    "of its sums that are added to"};
  Counter carried_bytes_written_{stats_, "carried_bytes_written",
                                 "of sums that wait in the output buffer"};
  Counter carried_bytes_read_{stats_, "carried_bytes_read", "of these, to be added to"};
};

}  // namespace vitcod
