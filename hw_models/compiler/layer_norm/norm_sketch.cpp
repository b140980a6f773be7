// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/layer_norm/norm_sketch.hpp"

#include <fmt/format.h>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kNorm = 5;  ///< of the receivers

LoadSketch load_of(double bytes, double cycles, const PlanLimits& limits) {
  LoadWork work;
  work.dram_bytes = work.port_bytes = work.stretch_bytes = bytes;
  work.receiver_cycles[kNorm] = cycles;
  work.receiver_latency = double(limits.norm.latency);
  LoadSketch load;
  load.passage = passage_of(work, limits.path);
  return load;
}

JobSketch tile_of(const NormLayer& layer, const TokenTile& tile, const PlanLimits& limits) {
  const double bytes = 2.0 * layer.features * tile.num_tokens;
  const std::uint64_t results =
      std::uint64_t{layer.features} * layer.result_bytes * tile.num_tokens;
  JobSketch job;
  job.begins_tile = job.ends_tile = job.streams = true;
  job.reads = {layer.input};
  job.writes = {layer.output};
  if (tile.first_token == 0) {
    const double constants = 2.0 * layer.features;
    job.loads.push_back(load_of(constants, constants / double(limits.norm.read_bandwidth), limits));
    job.loads.back().is_fence = true;
  }
  job.loads.push_back(load_of(bytes, limits.norm.cycles(tile.num_tokens, layer.features), limits));
  LoadSketch& tokens = job.loads.back();
  tokens.claim = Claim{limits.output_pool, whole_banks(results, limits.holding.output_bank_bytes)};
  tokens.after_fences = true;
  job.store = store_of(double(results), double(results), limits.path);
  job.store->stored = *tokens.claim;
  return job;
}

}  // namespace

std::vector<JobSketch> sketch_norm(const NormLayer& layer, const PlanLimits& limits) {
  if (layer.features > limits.norm.max_features) {
    throw InputError(
        fmt::format("{}: a token has {} features, layer_norm/max_features of the machine are {}",
                    layer.name, layer.features, limits.norm.max_features));
  }
  std::vector<JobSketch> jobs;
  for (const TokenTile& tile : norm_tiles(layer, limits.output_bytes)) {
    jobs.push_back(tile_of(layer, tile, limits));
  }
  return jobs;
}

}  // namespace vitcod
