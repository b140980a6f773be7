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

/// What the planner knows of the ways between DRAM and the engines.
DataPath data_path(const VitcodConfig& config) {
  const double clocks_a_cycle = double(config.dram.clock_khz) / double(config.clock_khz);
  // A row is opened (about as long as a read takes), read, and its packet handed on.
  const double memory_clocks = 2.0 * config.dram.commands.read_data_clocks +
                               config.dram.commands.burst_span_clocks +
                               config.dram.controller.response_clocks;
  const auto staging = [](const GlobalBufferConfig& buffer, std::uint32_t packets) {
    return StagingPath{double(buffer.port_bytes_per_cycle), double(buffer.staging_bytes),
                       double(packets)};
  };
  DataPath path;
  path.dram_bytes = double(config.dram.peak_bytes_per_second()) / (double(config.clock_khz) * 1e3);
  path.memory_cycles = memory_clocks / clocks_a_cycle + 4;
  path.packet_bytes = config.dma.packet_bytes;
  path.input = staging(config.input_buffer, config.dma.read_packets);
  path.output = staging(config.output_buffer, config.dma.write_packets);
  path.crossbar_bytes = config.crossbar.port_bytes_per_cycle;
  path.decode_macs = double(config.decoder.lines) * config.decoder.macs_per_line;
  path.write_bytes = config.decoder.write_bytes_per_cycle;
  path.decode_latency = config.decoder.latency_cycles;
  path.encode_macs = double(config.encoder.lines) * config.encoder.macs_per_line;
  path.encoder_read_bytes = config.encoder.read_bytes_per_cycle;
  path.encode_latency = config.encoder.latency_cycles;
  return path;
}

PhaseCosts phase_costs(const VitcodConfig& config) {
  const SparserEngineConfig& sparser = config.sparser_engine;
  PhaseCosts costs;
  costs.scores_per_cycle[index_of(EngineId::kDenser)] =
      config.denser_engine.score_unit.scores_per_cycle;
  costs.scores_per_cycle[index_of(EngineId::kSparser)] = sparser.score_unit.scores_per_cycle;
  costs.features_per_cycle = config.normaliser.features_per_cycle;
  costs.merge_rows_per_cycle = config.normaliser.merge_rows_per_cycle;
  // Orders and answers between the controller and the engines take some cycles more.
  constexpr double kHandshake = 3;
  const double both =
      config.mac_lines.reconfigure_cycles + config.mac_lines.pipeline_cycles + kHandshake;
  costs.lines = config.mac_lines.lines;
  costs.look_ups_per_cycle = sparser.index_buffer.reads_per_cycle;
  costs.overhead_cycles = {both + sparser.score_unit.latency_cycles, both};
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
