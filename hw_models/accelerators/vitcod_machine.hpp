// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "hw_models/accelerators/layer_phases.hpp"
#include "hw_models/accelerators/machine.hpp"
#include "hw_models/accelerators/operand_source.hpp"
#include "hw_models/accelerators/run_checks.hpp"
#include "hw_models/accelerators/vitcod_config.hpp"
#include "hw_models/bill_of_materials/silicon.hpp"
#include "hw_models/compiler/compiler.hpp"
#include "hw_models/controller/controller.hpp"
#include "hw_models/crossbar/crossbar.hpp"
#include "hw_models/decoder/decoder.hpp"
#include "hw_models/denser_engine/denser_engine.hpp"
#include "hw_models/dma/dma.hpp"
#include "hw_models/dram/dram_channel.hpp"
#include "hw_models/encoder/encoder.hpp"
#include "hw_models/energy/energy_account.hpp"
#include "hw_models/gemm_engine/gemm_array.hpp"
#include "hw_models/gemm_engine/gemm_drain.hpp"
#include "hw_models/gemm_engine/gemm_port.hpp"
#include "hw_models/global_buffer/global_buffer.hpp"
#include "hw_models/layer_norm/layer_norm_unit.hpp"
#include "hw_models/normaliser/normaliser.hpp"
#include "hw_models/sparser_engine/sparser_engine.hpp"
#include "sim/kernel/clock.hpp"
#include "sim/kernel/link.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {

/// The published ViTCoD accelerator (HPCA 2023, Fig. 11), wired from its blocks, with a program
/// loaded. Elaborates in the constructor; one machine per SimContext.
class VitcodMachine final : public Machine {
 public:
  /// `source`: where operand values come from; none: no values are computed. `trace` must outlive
  /// the machine. Throws InputError if the trace or a buffer does not suit the machine.
  VitcodMachine(const VitcodConfig& config, const Trace& trace,
                const std::optional<OperandSource>& source, const RunMode& mode);

  /// Runs the program to its end and checks the run: accounts and links (Scheduler::run),
  /// conservation of MACs and bytes, and the arithmetic floor. Throws ModelError, DeadlockError.
  void run() override;
  void listen(CycleListener& listener) override { stats_.listen(listener); }

  std::uint64_t clock_khz() const override { return config_.clock_khz; }
  Cycle total_cycles() const override { return scheduler_.num_cycles(core_); }
  std::uint64_t num_wakeups() const override { return scheduler_.num_wakeups(); }
  void write_report(Json& result) const override;
  void write_values(Json& values) override;

 private:
  Cycle dram_clocks() const { return scheduler_.num_cycles(memory_); }
  /// Multiply-accumulates of the attention lines, and of the decoders.
  std::uint64_t attention_macs() const;
  std::uint64_t decoder_macs() const;
  /// What the trace asks of the lines: denser blocks in full, kept entries elsewhere, products.
  std::uint64_t required_macs() const;
  DramActivity dram_activity() const;
  /// What DRAM holds of an int8 tensor, row-major in its shape. Only if values are computed.
  std::vector<std::int8_t> tensor_values(TensorId tensor);
  void fill_dram();
  EngineValues engine_values(EngineId engine);
  GemmContents* gemm_values() { return contents_ == nullptr ? nullptr : &gemm_contents_; }
  void lose_contents(RegionId region);
  /// Where the statistics of the sparser engine and of the auto-encoder go.
  StatGroup& sparse_stats() { return config_.has_sparser_engine ? stats_ : absent_; }
  void bind_links();
  template <typename Connect, typename ConnectUnit>
  void bind_linear(Connect connect, ConnectUnit connect_unit);
  RunTotals totals() const;

  const VitcodConfig config_;
  const Trace& trace_;
  StatGroup stats_{"blocks"};
  StatGroup absent_{"absent"};  ///< statistics of parts that a dense machine does not have
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
  std::array<EngineContents, 2> engine_contents_;
  RowExponents exponents_;
  GemmContents gemm_contents_;

  Controller controller_;
  LayerPhases layer_phases_;
  Dma dma_;
  GlobalBuffer weight_buffer_;
  GlobalBuffer input_buffer_;
  GlobalBuffer output_buffer_;
  Crossbar crossbar_;
  Decoder denser_decoder_;
  Decoder sparser_decoder_;
  DenserEngine denser_engine_;
  SparserEngine sparser_engine_;
  Normaliser normaliser_;
  Encoder encoder_;
  GemmPort linear_inputs_;
  GemmPort linear_weights_;
  GemmArray gemm_engine_;
  GemmDrain gemm_drain_;
  LayerNormUnit layer_norm_;
  std::deque<CommandBus> command_buses_;
  std::vector<std::unique_ptr<DramChannel>> channels_;
  const Silicon silicon_;
  const EnergyAccount energy_;

  std::vector<std::unique_ptr<LinkBase>> links_;
};

}  // namespace vitcod
