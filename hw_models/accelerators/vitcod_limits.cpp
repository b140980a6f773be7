// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_models/engine/partial_row.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// Bytes of the output buffer in which partial rows wait for their other half.
std::uint64_t partial_rows_bytes(const VitcodConfig& config, const LayerList& layers) {
  std::uint64_t widest = 0;
  for (const AttentionLayer& layer : layers.attention) {
    widest = std::max<std::uint64_t>(widest, layer.value_features);
  }
  const std::uint64_t engines = config.controller.two_engines ? 2 : 1;
  return engines * config.normaliser.rows_buffered * partial_row_bytes(widest);
}

/// The largest packet of results: whole rows, or the tokens that a packet of an encoding completes.
std::uint64_t largest_result_packet(const VitcodConfig& config, const LayerList& layers) {
  const std::uint64_t packet = config.dma.packet_bytes;
  std::uint64_t largest = 0;
  for (const AttentionLayer& layer : layers.attention) {
    const std::uint64_t row = layer.value_features;
    largest = std::max(largest, std::max<std::uint64_t>(1, packet / row) * row);
  }
  for (const EncodeLayer& layer : layers.encodings) {
    const std::uint64_t token_in = std::uint64_t{layer.heads_in} * layer.features;
    const std::uint64_t token_out = std::uint64_t{layer.heads_out} * layer.features;
    largest = std::max(largest, ((packet - 1) / token_in + 1) * token_out);
  }
  return largest;
}

void require_passage_of_results(const VitcodConfig& config, const LayerList& layers) {
  const std::uint64_t packet = largest_result_packet(config, layers);
  if (packet > config.output_buffer.staging_bytes) {
    throw ConfigError("/output_buffer/staging_bytes",
                      fmt::format("{} does not hold a packet of this workload's results, {} bytes",
                                  config.output_buffer.staging_bytes, packet));
  }
}

DataPath data_path(const VitcodConfig& config) {
  DataPath path;
  path.dram = cost_of(config.dram, config.clock_khz);
  path.dma = cost_of(config.dma);
  path.input = cost_of(config.input_buffer);
  path.output = cost_of(config.output_buffer);
  path.crossbar = cost_of(config.crossbar);
  path.decoder = cost_of(config.decoder);
  path.encoder = cost_of(config.encoder);
  return path;
}

PhaseCosts phase_costs(const VitcodConfig& config) {
  PhaseCosts costs;
  costs.engines[index_of(EngineId::kDenser)] =
      cost_of(config.mac_lines, config.denser_engine.score_unit);
  costs.engines[index_of(EngineId::kSparser)] =
      cost_of(config.mac_lines, config.sparser_engine.score_unit);
  costs.look_ups = cost_of(config.mac_lines, config.sparser_engine.index_buffer);
  costs.normaliser = cost_of(config.normaliser);
  return costs;
}

}  // namespace

PlanLimits make_limits(const VitcodConfig& config, const LayerList& layers) {
  require_passage_of_results(config, layers);
  PlanLimits limits;
  limits.input_bytes = config.input_buffer.capacity_bytes - config.input_buffer.staging_bytes;
  const std::uint64_t reserved =
      config.output_buffer.staging_bytes + partial_rows_bytes(config, layers);
  if (reserved >= config.output_buffer.capacity_bytes) {
    throw ConfigError("/output_buffer/capacity_bytes",
                      fmt::format("{} leaves nothing for scores: staging and partial rows take {}",
                                  config.output_buffer.capacity_bytes, reserved));
  }
  limits.output_bytes = config.output_buffer.capacity_bytes - reserved;
  limits.index_bytes = config.sparser_engine.index_buffer.capacity_bytes;
  limits.path = data_path(config);
  limits.phases = phase_costs(config);
  limits.max_segment_rows = config.sparser_engine.spmm_controller.max_segment_rows;
  limits.prefetch_units = config.controller.prefetch_units;
  limits.two_engines = config.controller.two_engines;
  limits.query_forwarding = config.controller.query_forwarding;
  return limits;
}

}  // namespace vitcod
