// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "hw_models/accelerators/attention_kind.hpp"
#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/accelerators/hub_units.hpp"
#include "hw_models/accelerators/layer_passes.hpp"
#include "hw_models/accelerators/layer_phases.hpp"
#include "hw_models/accelerators/machine.hpp"
#include "hw_models/accelerators/operand_source.hpp"
#include "hw_models/accelerators/run_checks.hpp"
#include "hw_models/accelerators/wiring.hpp"
#include "hw_models/bill_of_materials/silicon.hpp"
#include "hw_models/compiler/compiler.hpp"
#include "hw_models/controller/controller.hpp"
#include "hw_models/crossbar/crossbar.hpp"
#include "hw_models/dma/dma.hpp"
#include "hw_models/dram/dram_channel.hpp"
#include "hw_models/energy/clock_account.hpp"
#include "hw_models/energy/energy_account.hpp"
#include "hw_models/gemm_engine/gemm_array.hpp"
#include "hw_models/gemm_engine/gemm_drain.hpp"
#include "hw_models/gemm_engine/gemm_port.hpp"
#include "hw_models/global_buffer/global_buffer.hpp"
#include "hw_models/layer_norm/layer_norm_unit.hpp"
#include "sim/kernel/clock.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {

/// A machine of MAC lines with a program loaded, wired from its blocks: controller, memory,
/// buffers, crossbar, the array for linear layers and what goes with it; and what computes
/// attention, which makes the kind of the machine. Elaborates in the constructor; one machine per
/// SimContext.
class MachineFrame final : public Machine {
 public:
  /// Throws InputError if the trace or a buffer does not suit the machine.
  MachineFrame(std::unique_ptr<const AttentionKind> kind, bool with_values, const RunMode& mode);

  /// Runs the program to its end and checks the run: accounts and links (Scheduler::run),
  /// conservation of MACs and bytes, and the arithmetic floor. Throws ModelError, DeadlockError.
  void run() override;
  void listen(CycleListener& listener) override { stats_.listen(listener); }
  void listen_to_layers(CycleListener& listener) override;

  std::uint64_t dram_clock_khz() const override { return config_.dram.clock_khz; }
  std::uint64_t clock_khz() const override { return config_.clock_khz; }
  Cycle total_cycles() const override { return scheduler_.num_cycles(core_); }
  std::uint64_t num_wakeups() const override { return scheduler_.num_wakeups(); }
  void write_report(Json& result) const override;
  void write_values(Json& values) override;

 private:
  Cycle dram_clocks() const { return scheduler_.num_cycles(memory_); }
  /// What the trace asks of the lines.
  std::uint64_t required_macs() const;
  std::uint64_t required_shifts() const;
  std::uint64_t required_additions() const;
  DramActivity dram_activity() const;
  /// What DRAM holds of an int8 tensor, row-major in its shape. Only if values are computed.
  std::vector<std::int8_t> tensor_values(TensorId tensor);
  void fill_dram();
  GemmContents* gemm_values() { return contents_ == nullptr ? nullptr : &gemm_contents_; }
  void lose_contents(RegionId region);
  void bind_links();
  void bind_linear();
  /// What the operations of the trace write.
  std::uint64_t bytes_to_store() const;
  void write_macs(Json& result) const;
  LineCycles line_cycles() const;
  LineActivity line_activity() const;
  RunTotals totals() const;

  const std::unique_ptr<const AttentionKind> kind_;
  const FrameConfig& config_;
  const Trace& trace_;
  StatGroup stats_{"blocks"};
  Scheduler scheduler_;
  Clock core_;
  Clock memory_;
  AddressMap address_map_;
  const LayerList layers_;
  const PlanLimits limits_;
  DramLayout layout_;
  const Program program_;
  const std::optional<OperandSource> source_;  ///< none: no values are computed
  std::unique_ptr<DramContents> contents_;     ///< null: likewise
  GemmContents gemm_contents_;

  Controller controller_;
  LayerPhases layer_phases_;
  std::optional<LayerPasses> layer_passes_;  ///< if anyone listens to it
  Dma dma_;
  GlobalBuffer weight_buffer_;
  GlobalBuffer input_buffer_;
  GlobalBuffer output_buffer_;
  Crossbar crossbar_;
  const std::unique_ptr<AttentionBlocks> attention_;
  GemmPort linear_inputs_;
  GemmPort linear_weights_;
  GemmArray gemm_engine_;
  GemmDrain gemm_drain_;
  LayerNormUnit layer_norm_;
  HubUnits hub_units_;
  std::deque<CommandBus> command_buses_;
  std::vector<std::unique_ptr<DramChannel>> channels_;
  const ClockAccount clock_account_;
  const Silicon silicon_;
  const EnergyAccount energy_;

  Wiring wiring_;
};

}  // namespace vitcod
