// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/attention_method.hpp"
#include "hw_models/compiler/packed_attention/packed_jobs.hpp"

namespace vitcod {

/// Attention on an array that packs masks, which are predicted before it works on them.
class PackedAttention final : public AttentionMethod {
 public:
  /// `limits` must outlive this.
  PackedAttention(const PlanLimits& limits, const PackedArray& array, const PackedUnits& units)
      : limits_(limits), array_(array), units_(units) {}

  /// Throws InputError too if the machine predicts masks and the trace does not say what from, or
  /// where a head has more keys than the predictor holds.
  std::vector<Candidate> candidates(const AttentionLayer& layer) override;
  void add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                JobList& jobs) override;

 private:
  struct Block {
    const AttentionLayer* layer;
    std::vector<PackedCut> cuts;  ///< by candidate
  };

  const PlanLimits& limits_;
  const PackedArray array_;
  const PackedUnits units_;
  std::vector<Block> blocks_;
};

}  // namespace vitcod
