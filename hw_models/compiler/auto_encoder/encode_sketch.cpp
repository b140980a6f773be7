// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/auto_encoder/encode_sketch.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kEncoder = 2;  ///< of the receivers: after both decoders

/// `bytes` that lie together and pass the encoder, into `heads_out` sums each.
LoadWork encode(double bytes, double heads_out, const DataPath& path) {
  LoadWork load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = bytes;
  load.receiver_cycles[kEncoder] = path.encoder.cycles(bytes, heads_out);
  load.receiver_latency = path.encoder.latency_cycles;
  return load;
}

LoadSketch weights_of(const EncodeLayer& layer, const DataPath& path) {
  const double bias_bytes = 4.0 * layer.heads_out;
  LoadSketch load;
  load.is_fence = true;
  load.passage =
      passage_of(encode(double(layer.heads_in) * layer.heads_out + bias_bytes, 0, path), path);
  return load;
}

JobSketch tile_of(const EncodeLayer& layer, const TokenTile& tile, const PlanLimits& limits) {
  const double values_in = double(layer.heads_in) * layer.features * tile.num_tokens;
  const std::uint64_t results = std::uint64_t{layer.heads_out} * layer.features * tile.num_tokens;
  JobSketch job;
  job.begins_tile = job.ends_tile = job.streams = true;
  job.reads = {layer.input};
  job.writes = {layer.output};
  if (tile.first_token == 0) job.loads.push_back(weights_of(layer, limits.path));
  LoadSketch& tokens = job.loads.emplace_back();
  tokens.claim = Claim{limits.output_pool, whole_banks(results, limits.holding.output_bank_bytes)};
  tokens.after_fences = true;
  tokens.passage = passage_of(encode(values_in, layer.heads_out, limits.path), limits.path);
  job.store = store_of(double(results), double(results), limits.path);
  job.store->stored = *tokens.claim;
  return job;
}

}  // namespace

std::vector<JobSketch> sketch_encoding(const EncodeLayer& layer, const PlanLimits& limits) {
  std::vector<JobSketch> jobs;
  for (const TokenTile& tile : encode_tiles(layer, limits.output_bytes)) {
    jobs.push_back(tile_of(layer, tile, limits));
  }
  return jobs;
}

}  // namespace vitcod
