// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/engine_attention.hpp"

#include <fmt/format.h>

#include <span>

#include "hw_models/compiler/attention/attention_jobs.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// Throws InputError if the index of the block's map cannot be made from that of all tokens.
void require_filter(const AttentionLayer& layer, const PlanLimits& limits) {
  if (!layer.restricted) return;
  if (!limits.filter) {
    throw InputError(layer.name + ": tokens are dropped, and this machine has no index_filter");
  }
  const std::uint32_t tokens = layer.restricted->source->num_keys;
  if (!limits.filter->fits(tokens)) {
    throw InputError(
        fmt::format("{}: a map of {} tokens; index_filter/max_tokens of the machine are {}",
                    layer.name, tokens, limits.filter->max_tokens));
  }
}

}  // namespace

std::vector<Candidate> EngineAttention::candidates(const AttentionLayer& layer) {
  require_filter(layer, limits_);
  blocks_.push_back(Block{&layer, candidate_plans(layer, limits_, splitter_)});
  return candidates_of(blocks_.back().plans, limits_);
}

void EngineAttention::add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                               JobList& jobs) {
  AttentionJobs layer_jobs(*blocks_[block].layer, layout, jobs);
  const std::span<const WorkUnit> units(blocks_[block].plans[candidate].units);
  for (std::size_t first = 0; first < units.size(); first += units[first].num_key_tiles) {
    layer_jobs.add(units.subspan(first, units[first].num_key_tiles));
  }
}

}  // namespace vitcod
