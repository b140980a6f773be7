// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "hw_models/accelerators/attention_kind.hpp"
#include "hw_models/accelerators/sanger_config.hpp"
#include "hw_models/decoder/decoder.hpp"
#include "hw_models/mask_predictor/mask_predictor.hpp"
#include "hw_models/normaliser/normaliser.hpp"
#include "hw_models/pack_unit/pack_unit.hpp"
#include "hw_models/score_array/score_array.hpp"

namespace vitcod {

/// Attention of Sanger: the predictor, the pack unit and the score-stationary array, which all read
/// what the row writer wrote; and the normaliser. `config` must outlive them.
class SangerBlocks final : public AttentionBlocks {
 public:
  SangerBlocks(const SangerConfig& config, const Trace& trace, Clock& clock, bool with_values,
               StatGroup& stats);

  void bind(Wiring& wiring, Crossbar& crossbar, Controller& controller) override;
  void lose_contents(RegionId region) override { contents_.free(region); }
  EngineContents* index_contents() override { return nullptr; }
  std::uint64_t macs_done() const override { return score_array_.macs_done(); }
  void add_line_cycles(LineCycles& sums) const override;
  std::vector<std::string> still_reasons() const override;
  std::vector<MacCount> other_macs() const override;

 private:
  EngineContents* values() { return with_values_ ? &contents_ : nullptr; }

  const SangerConfig& config_;
  const bool with_values_;
  StatGroup absent_{"absent"};  ///< statistics of the predictor where masks are known
  EngineContents contents_;
  RowExponents exponents_;  ///< none: they stay in the array

  Decoder row_writer_;
  MaskPredictor mask_predictor_;
  PackUnit pack_unit_;
  ScoreArray score_array_;
  Normaliser normaliser_;
};

class SangerAttention final : public AttentionKind {
 public:
  /// `trace` must outlive this.
  SangerAttention(SangerConfig config, const Trace& trace)
      : config_(std::move(config)), trace_(trace) {}

  const FrameConfig& frame() const override { return config_; }
  const Trace& trace() const override { return trace_; }
  std::vector<OutputMask> crossbar_ways() const override;
  PlanLimits limits(const LayerList& layers) const override;
  void complete(Target& /*target*/) const override {}
  std::vector<std::string> further_phases() const override { return {"predict", "attend"}; }
  std::unique_ptr<AttentionMethod> method(const PlanLimits& limits) const override;
  std::unique_ptr<AttentionBlocks> make_blocks(Clock& clock, bool with_values,
                                               StatGroup& stats) const override;
  /// Kept entries.
  std::uint64_t required_macs(const AttentionLayer& layer) const override;
  BillOfMaterials bill() const override;
  ValueFormats formats() const override;

 private:
  const SangerConfig config_;
  const Trace& trace_;
};

}  // namespace vitcod
