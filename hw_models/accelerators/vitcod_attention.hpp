// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "hw_models/accelerators/attention_kind.hpp"
#include "hw_models/accelerators/vitcod_config.hpp"
#include "hw_models/accelerators/vitcod_ways.hpp"
#include "hw_models/compiler/attention/line_splitter.hpp"
#include "hw_models/decoder/decoder.hpp"
#include "hw_models/denser_engine/denser_engine.hpp"
#include "hw_models/encoder/encoder.hpp"
#include "hw_models/normaliser/normaliser.hpp"
#include "hw_models/query_window/query_window.hpp"
#include "hw_models/sparser_engine/sparser_engine.hpp"

namespace vitcod {

/// Attention of the published ViTCoD accelerator (HPCA 2023, Fig. 11): a denser and a sparser
/// engine that share the lines, each behind a decoder, the normaliser and the encoder. `config`
/// must outlive them.
class VitcodBlocks final : public AttentionBlocks {
 public:
  VitcodBlocks(const VitcodConfig& config, Clock& clock, bool with_values, StatGroup& stats);

  void bind(Wiring& wiring, Crossbar& crossbar, Controller& controller) override;
  void bind_fetches(Wiring& wiring, Dma& dma) override;
  void lose_contents(RegionId region) override {
    for (EngineContents& contents : engine_contents_) contents.free(region);
  }
  EngineContents* index_contents() override { return engine_values(EngineId::kSparser).contents; }
  std::uint64_t macs_done() const override {
    return denser_engine_.macs_done() + sparser_engine_.macs_done();
  }
  void add_line_cycles(LineCycles& sums) const override;
  std::vector<std::string> still_reasons() const override;
  std::vector<MacCount> other_macs() const override;

 private:
  EngineValues engine_values(EngineId engine);
  /// Where the statistics of the sparser engine and of the auto-encoder go.
  StatGroup& sparse_stats(StatGroup& stats) { return config_.has_sparser_engine ? stats : absent_; }

  const VitcodConfig& config_;
  const bool with_values_;
  StatGroup absent_{"absent"};  ///< statistics of parts that a dense machine does not have
  std::array<EngineContents, 2> engine_contents_;
  RowExponents exponents_;

  std::unique_ptr<QueryWindow> query_window_;  ///< null: all Q rows of a unit are held
  Decoder denser_decoder_;
  Decoder sparser_decoder_;
  DenserEngine denser_engine_;
  SparserEngine sparser_engine_;
  Normaliser normaliser_;
  Encoder encoder_;
};

class VitcodAttention final : public AttentionKind {
 public:
  VitcodAttention(VitcodConfig config, std::shared_ptr<const Trace> trace)
      : config_(std::move(config)), trace_(std::move(trace)) {}

  const FrameConfig& frame() const override { return config_; }
  std::uint32_t row_fetches() const override {
    return config_.has_window() ? config_.query_window->fetches : 0;
  }
  const Trace& trace() const override { return *trace_; }
  std::vector<OutputMask> crossbar_ways() const override;
  PlanLimits limits(const LayerList& layers) const override;
  void cut_maps(LayerList& layers) const override;
  void complete(Target& target) const override;
  std::unique_ptr<AttentionMethod> method(const PlanLimits& limits) const override;
  std::unique_ptr<AttentionBlocks> make_blocks(Clock& clock, bool with_values,
                                               StatGroup& stats) const override;
  /// Denser blocks in full, kept entries elsewhere.
  std::uint64_t required_macs(const AttentionLayer& layer) const override;
  void require_ways(const WayFloors& floors) const override {
    require_vitcod_ways(config_, floors);
  }
  BillOfMaterials bill() const override;
  ValueFormats formats() const override;

 private:
  LineSplitter line_splitter() const;

  const VitcodConfig config_;
  const std::shared_ptr<const Trace> trace_;
};

}  // namespace vitcod
