// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "hw_models/controller/controller_config.hpp"
#include "hw_models/decoder/decoder_messages.hpp"
#include "hw_models/dma/dma_messages.hpp"
#include "hw_models/dma/transfer_builder.hpp"
#include "hw_models/engine/engine_task.hpp"
#include "hw_models/normaliser/normaliser_messages.hpp"
#include "hw_models/program/planner.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// Bytes of a buffer that the controller hands out.
class Allocation {
 public:
  explicit Allocation(std::uint64_t capacity) : capacity_(capacity) {}

  bool fits(std::uint64_t bytes) const { return used_ + bytes <= capacity_; }
  void take(std::uint64_t bytes) {
    check(fits(bytes), "a buffer was given more than it holds");
    used_ += bytes;
    if (used_ > peak_) peak_ = used_;
  }
  void give_back(std::uint64_t bytes) {
    check(bytes <= used_, "a buffer was freed twice");
    used_ -= bytes;
  }
  std::uint64_t used() const { return used_; }
  std::uint64_t peak() const { return peak_; }

 private:
  const std::uint64_t capacity_;
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
};

/// Runs the program: for each work unit, in order, loads its operands as space becomes free, and
/// takes the engines through SDDMM, merging of the row exponents, and SpMM, with the lines split
/// and reconfigured for each phase. Loads of later units go on meanwhile (prefetch). The run ends
/// when the last result is in DRAM.
class Controller final : public Block {
 public:
  LinkOut<LoadCommand> load_out{"load_out"};
  LinkOut<EngineTask> denser_out{"denser_out"};
  LinkOut<EngineTask> sparser_out{"sparser_out"};
  LinkOut<NormaliserTask> normaliser_out{"normaliser_out"};
  LinkIn<Delivery> denser_delivery_in{"denser_delivery_in"};
  LinkIn<Delivery> sparser_delivery_in{"sparser_delivery_in"};
  LinkIn<Delivery> encoder_delivery_in{"encoder_delivery_in"};
  LinkIn<EngineDone> denser_done_in{"denser_done_in"};
  LinkIn<EngineDone> sparser_done_in{"sparser_done_in"};
  LinkIn<NormaliserDone> normaliser_done_in{"normaliser_done_in"};
  LinkIn<StoreDone> stored_in{"stored_in"};

  Controller(const sc_core::sc_module_name& name, Clock& clock, const ControllerConfig& config,
             const PlanLimits& limits, std::vector<WorkUnit> units, TransferBuilder& transfers,
             bool with_values, StatGroup& parent);

  /// Cycles of each layer of the trace up to the end of its last unit's SpMM: those since the end
  /// of the unit before. Their sum is the end of the last unit.
  const std::vector<Cycle>& layer_cycles() const { return layer_cycles_; }

 private:
  enum class Activity {
    kWaitOperands,  ///< the next unit's Q, K or index is not on chip yet
    kWaitSpace,     ///< no room for S or the output rows
    kSddmm,
    kMerge,
    kWaitValues,
    kSpmm,
    kEncode,     ///< Q or K is compressed
    kWriteBack,  ///< the last rows are normalised and stored
  };
  enum class Step { kBegin, kSddmm, kMerge, kBeforeSpmm, kSpmm };

  struct Unit {
    std::unique_ptr<UnitContext> context;
    UnitFootprint bytes;
    std::vector<std::unique_ptr<Transfer>> loads;
    std::unique_ptr<Transfer> output;
    std::size_t next_load = 0;
    std::uint64_t sddmm_deliveries_left = 0;
    std::uint64_t value_deliveries_left = 0;
    std::size_t stores_left = 0;
    bool queries_claimed = false;
    bool normalised = false;
  };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }

  bool take_deliveries(LinkIn<Delivery>& link);
  bool take_engine_dones();
  bool take_normaliser_done();
  bool take_stores();
  bool load();
  bool open_next_unit();
  bool claim_space_for(const Transfer& transfer, Unit& unit);
  bool step(Cycle now);
  bool finish_encode(Cycle now);
  bool begin_sddmm();
  bool begin_merge();
  bool begin_spmm();
  void end_spmm(Cycle now);
  void end_unit(Cycle now);
  void make_attention_loads(Unit& unit);
  void make_encode_loads(Unit& unit);
  void start_engines(Phase phase);
  bool retire_units();
  static bool sddmm_operands_loaded(const Unit& unit);
  static bool values_loaded(const Unit& unit);
  Activity activity() const;
  Unit& current() { return *units_[static_cast<std::size_t>(computing_ - first_)]; }

  const ControllerConfig config_;
  const PlanLimits limits_;
  const std::vector<WorkUnit> program_;
  TransferBuilder& transfers_;
  const bool with_values_;

  std::deque<std::unique_ptr<Unit>> units_;  ///< loading, computing or storing
  std::size_t first_ = 0;                    ///< index in the program of units_.front()
  std::size_t computing_ = 0;                ///< index in the program of the unit in the engines
  Step step_ = Step::kBegin;
  int engines_running_ = 0;
  bool merging_ = false;
  Allocation input_;
  Allocation output_;
  Allocation index_;
  std::vector<Cycle> layer_cycles_;
  Cycle last_end_ = 0;
  /// K and V of the unit opened last: the next tile may find them in place.
  std::array<std::shared_ptr<OperandStore>, 2> kept_keys_;
  std::array<std::shared_ptr<OperandStore>, 2> kept_values_;

  StatGroup stats_;
  CycleBreakdown<Activity, 8> cycles_{stats_,
                                      {"wait_operands", "wait_space", "sddmm", "merge",
                                       "wait_values", "spmm", "encode", "write_back"}};
  Counter units_done_{stats_, "units", "work units computed"};
  Counter input_peak_{stats_, "input_buffer_peak_bytes", "most bytes of Q, K, V at a time"};
  Counter output_peak_{stats_, "output_buffer_peak_bytes", "most bytes of S and outputs at a time"};
  Counter index_peak_{stats_, "index_buffer_peak_bytes", "most bytes of indices at a time"};
};

}  // namespace vitcod
