// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hw_models/accelerators/attention_kind.hpp"
#include "hw_models/accelerators/spatten_config.hpp"
#include "hw_models/accelerators/spatten_trace.hpp"
#include "hw_models/compiler/cascade_attention/cascade_attention.hpp"
#include "hw_models/gemm_engine/gemm_contents.hpp"
#include "hw_models/gemm_engine/gemm_port.hpp"
#include "hw_models/prob_value_array/prob_value_array.hpp"
#include "hw_models/query_key_array/query_key_array.hpp"
#include "hw_models/softmax_unit/softmax_unit.hpp"
#include "hw_models/top_k_engine/cascade_selector.hpp"
#include "hw_models/top_k_engine/value_selector.hpp"

namespace vitcod {

/// SpAtten's pipeline of rows, and what chooses tokens and heads beside it. `config` must outlive
/// them.
class SpattenBlocks final : public AttentionBlocks {
 public:
  SpattenBlocks(const SpattenConfig& config, Clock& clock, bool with_values, StatGroup& stats);

  void bind(Wiring& wiring, Crossbar& crossbar, Controller& controller) override;
  void lose_contents(RegionId region) override { contents_.free(region); }
  EngineContents* index_contents() override { return nullptr; }
  std::uint64_t macs_done() const override {
    return query_key_array_.macs_done() + prob_value_array_.macs_done();
  }
  void add_line_cycles(LineCycles& sums) const override;
  std::vector<std::string> still_reasons() const override;
  std::vector<MacCount> other_macs() const override { return {}; }

 private:
  const SpattenConfig& config_;
  GemmContents contents_;
  Importance importance_;
  GemmPort operand_port_;
  QueryKeyArray query_key_array_;
  SoftmaxUnit softmax_unit_;
  ValueSelector value_selector_;
  ProbValueArray prob_value_array_;
  CascadeSelector cascade_selector_;
};

/// Throws InputError if the machine cannot run the trace (spatten_trace).
class SpattenAttention final : public AttentionKind {
 public:
  SpattenAttention(SpattenConfig config, const Trace& trace);

  const FrameConfig& frame() const override { return config_; }
  const Trace& trace() const override { return spatten_.trace; }
  PlanLimits limits(const LayerList& layers) const override;
  void complete(Target& target) const override;
  std::vector<std::string> further_phases() const override { return {"attend"}; }
  std::vector<OutputMask> crossbar_ways() const override;
  std::unique_ptr<AttentionMethod> method(const PlanLimits& limits) const override;
  std::unique_ptr<AttentionBlocks> make_blocks(Clock& clock, bool with_values,
                                               StatGroup& stats) const override;
  /// All pairs of tokens, those of flat rows once more, and the rows of V that are left.
  std::uint64_t required_macs(const AttentionLayer& layer) const override;
  BillOfMaterials bill() const override;
  ValueFormats formats() const override;

 private:
  const SpattenConfig config_;
  const SpattenTrace spatten_;
  CascadeTokens kept_tokens_;
};

}  // namespace vitcod
