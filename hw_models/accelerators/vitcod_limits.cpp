// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_models/engine/partial_row.hpp"
#include "hw_models/score_buffer/score_buffer_cost.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// Bytes of the output buffer in which partial rows wait for their other half.
std::uint64_t partial_rows_bytes(const VitcodConfig& config, const LayerList& layers) {
  std::uint64_t widest = 0;
  for (const AttentionLayer& layer : layers.attention) {
    widest = std::max<std::uint64_t>(widest, layer.value_features);
  }
  const std::uint64_t engines = config.controller.two_engines && config.has_sparser_engine ? 2 : 1;
  return engines * config.normaliser.rows_buffered * partial_row_bytes(widest);
}

/// The largest packet of results of an operation behind the hub: rows that are complete with a
/// packet of `packet` bytes.
std::uint64_t largest_stream_packet(const Operation& operation, std::uint64_t packet) {
  const auto rows = [packet](std::uint64_t row_in) { return (packet - 1) / row_in + 1; };
  if (const auto* gather = std::get_if<TokenGather>(&operation.params)) {
    const std::uint64_t row_in = 2 * std::uint64_t{gather->features};
    return rows(row_in) * (row_in + 2 * std::uint64_t{gather->new_features});
  }
  if (const auto* lift = std::get_if<LiftingStep>(&operation.params)) {
    const std::uint64_t patch = std::uint64_t{lift->side} * lift->side * lift->channels;
    return (rows(patch) + lift->prefix_tokens) * 3 * (patch >> (2 * lift->level));
  }
  return packet;
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
  for (const LinearLayer& layer : layers.linear) {
    // Blocks of columns are no wider than the staging, unless the order of W is settled.
    const std::uint64_t columns =
        layer.shares_weights ? std::min(layer.product.n, config.mac_lines.lines) : 1;
    largest = std::max({largest, packet, columns * layer.result_bytes});
  }
  for (const NormLayer& layer : layers.norms) {
    const std::uint64_t features = layer.features;
    largest =
        std::max(largest, ((packet - 1) / (2 * features) + 1) * features * layer.result_bytes);
  }
  for (const Operation* operation : layers.streams) {
    largest = std::max(largest, largest_stream_packet(*operation, packet));
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
  path.weights = cost_of(config.weight_buffer);
  path.output = cost_of(config.output_buffer);
  path.crossbar = cost_of(config.crossbar);
  path.decoder = cost_of(config.decoder);
  path.encoder = cost_of(config.encoder);
  return path;
}

/// An eighth of the buffer for either engine: the tile before holds S too, and rows leave.
std::uint32_t most_score_banks(const GlobalBufferConfig& buffer) {
  constexpr std::uint32_t kShare = 8;
  const std::uint32_t banks = (buffer.capacity_bytes - buffer.staging_bytes) / buffer.bank_bytes;
  return std::max(1U, banks / kShare);
}

template <typename Config>
EngineCost engine_cost(const MacLinesConfig& lines, const Config& engine) {
  EngineCost cost = cost_of(lines, engine.score_unit);
  cost.queries_values = cost_of(engine.qv_buffer);
  cost.keys = cost_of(engine.ks_buffer);
  cost.scores = cost_of(engine.score_buffer);
  return cost;
}

/// As the denser engine's Q buffer, but for the ways that forwarding has.
LocalBufferCost forwarding_cost(const VitcodConfig& config) {
  LocalBufferCost cost = cost_of(config.denser_engine.qv_buffer);
  cost.ways = config.query_forwarding.requests_per_cycle;
  return cost;
}

PhaseCosts phase_costs(const VitcodConfig& config) {
  PhaseCosts costs;
  costs.engines[index_of(EngineId::kDenser)] = engine_cost(config.mac_lines, config.denser_engine);
  costs.engines[index_of(EngineId::kSparser)] =
      engine_cost(config.mac_lines, config.sparser_engine);
  costs.forwarding = forwarding_cost(config);
  costs.look_ups = cost_of(config.mac_lines, config.sparser_engine.index_buffer);
  costs.normaliser = cost_of(config.normaliser);
  return costs;
}

/// What of `bytes` can be handed out.
std::uint64_t in_whole_banks(std::uint64_t bytes, const GlobalBufferConfig& buffer) {
  return bytes / buffer.bank_bytes * buffer.bank_bytes;
}

}  // namespace

HoldingRules holding_rules(const VitcodConfig& config) {
  HoldingRules rules;
  rules.input_bank_bytes = config.input_buffer.bank_bytes;
  rules.weight_bank_bytes = config.weight_buffer.bank_bytes;
  rules.output_bank_bytes = config.output_buffer.bank_bytes;
  const std::array scores = {&config.denser_engine.score_buffer,
                             &config.sparser_engine.score_buffer};
  const std::size_t engines = config.has_sparser_engine ? scores.size() : 1;
  for (std::size_t e = 0; e < engines; ++e) {
    rules.score_word_bytes[e] = scores[e]->bytes_per_access;
    rules.score_banks[e] = std::min(scores[e]->banks, most_score_banks(config.output_buffer));
    rules.score_rows[e] = scores[e]->table_rows;
  }
  rules.query_forwarding = config.controller.query_forwarding || !config.controller.two_engines;
  rules.mask_denser_block = config.controller.mask_denser_block;
  return rules;
}

PlanLimits make_limits(const VitcodConfig& config, const LayerList& layers) {
  require_passage_of_results(config, layers);
  PlanLimits limits;
  limits.holding = holding_rules(config);
  limits.input_bytes = in_whole_banks(
      config.input_buffer.capacity_bytes - config.input_buffer.staging_bytes, config.input_buffer);
  const std::uint64_t reserved =
      config.output_buffer.staging_bytes + partial_rows_bytes(config, layers);
  if (reserved >= config.output_buffer.capacity_bytes) {
    throw ConfigError("/output_buffer/capacity_bytes",
                      fmt::format("{} leaves nothing for scores: staging and partial rows take {}",
                                  config.output_buffer.capacity_bytes, reserved));
  }
  limits.output_bytes =
      in_whole_banks(config.output_buffer.capacity_bytes - reserved, config.output_buffer);
  limits.weight_bytes =
      in_whole_banks(config.weight_buffer.capacity_bytes - config.weight_buffer.staging_bytes,
                     config.weight_buffer);
  limits.gemm = cost_of(config.mac_lines, config.gemm_engine);
  limits.norm = cost_of(config.layer_norm);
  const auto cost = [](const auto& unit, auto& of_unit) {
    if (unit) of_unit = cost_of(*unit);
  };
  cost(config.token_selector, limits.selector);
  cost(config.token_gather, limits.gather);
  cost(config.lifting, limits.lifting);
  cost(config.index_filter, limits.filter);
  cost(config.average_pool, limits.pool);
  limits.index_bytes = config.sparser_engine.index_buffer.capacity_bytes;
  limits.path = data_path(config);
  limits.phases = phase_costs(config);
  limits.max_segment_rows = config.sparser_engine.spmm_controller.max_segment_rows;
  limits.prefetch_units = config.controller.prefetch_units;
  limits.two_engines = config.controller.two_engines;
  return limits;
}

}  // namespace vitcod
