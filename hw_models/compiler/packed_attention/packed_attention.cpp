// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/packed_attention/packed_attention.hpp"

#include <fmt/format.h>

#include "hw_models/compiler/packed_attention/packed_sketch.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// Throws InputError if the machine cannot compute the block.
void require_masks(const AttentionLayer& layer, const PackedArray& array) {
  if (layer.sigmoid_bias) {
    throw InputError(layer.name + ": sigmoid attention, and this machine has softmax alone");
  }
  if (layer.compressed_heads > 0) {
    throw InputError(layer.name + ": Q and K are compressed, and this machine has no decoder");
  }
  if (array.prediction == PredictionMode::kOff) return;
  if (layer.prediction == nullptr) {
    throw InputError(layer.name +
                     ": this machine predicts its masks, and the workload has no dynamic_masks");
  }
  if (layer.num_keys > array.predictor.config.max_keys) {
    throw InputError(fmt::format("{}: {} keys; mask_predictor/max_keys of the machine are {}",
                                 layer.name, layer.num_keys, array.predictor.config.max_keys));
  }
}

}  // namespace

std::vector<Candidate> PackedAttention::candidates(const AttentionLayer& layer) {
  require_masks(layer, array_);
  blocks_.push_back(Block{&layer, packed_cuts(layer, array_, limits_)});
  std::vector<Candidate> candidates;
  for (const PackedCut& cut : blocks_.back().cuts) {
    candidates.push_back(sketch_packed(layer, cut, array_, limits_));
  }
  return candidates;
}

void PackedAttention::add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                               JobList& jobs) {
  PackedJobs(*blocks_[block].layer, array_.prediction, units_, layout, jobs)
      .add(blocks_[block].cuts[candidate]);
}

}  // namespace vitcod
