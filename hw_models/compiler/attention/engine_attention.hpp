// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/attention/planner.hpp"
#include "hw_models/compiler/attention_method.hpp"

namespace vitcod {

/// Attention on engines that divide the lines between them, or on one: layers are cut into work
/// units, whose SDDMM, merge and SpMM follow each other.
class EngineAttention final : public AttentionMethod {
 public:
  /// `limits` must outlive this.
  EngineAttention(const PlanLimits& limits, const LineSplitter& splitter)
      : limits_(limits), splitter_(splitter) {}

  std::vector<Candidate> candidates(const AttentionLayer& layer) override;
  void add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                JobList& jobs) override;

 private:
  struct Block {
    const AttentionLayer* layer;
    std::vector<LayerPlan> plans;  ///< by candidate
  };

  const PlanLimits& limits_;
  const LineSplitter splitter_;
  std::vector<Block> blocks_;
};

}  // namespace vitcod
