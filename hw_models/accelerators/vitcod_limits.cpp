// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_limits.hpp"

#include <algorithm>

#include "hw_models/accelerators/frame_limits.hpp"
#include "hw_models/engine/partial_row.hpp"
#include "hw_models/score_buffer/score_buffer_cost.hpp"
#include "sim/base/int_math.hpp"

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

/// An eighth of the buffer for either engine: the tile before holds S too, and rows leave.
std::uint32_t most_score_banks(const GlobalBufferConfig& buffer) {
  constexpr std::uint32_t kShare = 8;
  const std::uint32_t banks = (buffer.capacity_bytes - buffer.staging_bytes) / buffer.bank_bytes;
  return std::max(1U, banks / kShare);
}

/// Banks side by side that take so many carried bytes in a cycle: their words are as wide as the
/// wider one of S.
std::uint32_t banks_side_by_side(std::uint32_t bytes_per_cycle, const HoldingRules& rules) {
  const std::uint32_t widest =
      *std::max_element(rules.score_word_bytes.begin(), rules.score_word_bytes.end());
  const std::uint32_t word = std::min(widest, rules.output_bank_bytes);
  return ceil_div(bytes_per_cycle, word);
}

template <typename Config>
EngineCost engine_cost(const MacLinesConfig& lines, const Config& engine) {
  EngineCost cost = cost_of(lines, engine.score_unit);
  cost.queries_values = cost_of(engine.qv_buffer, lines.lines);
  cost.keys = cost_of(engine.ks_buffer, lines.lines);
  cost.scores = cost_of(engine.score_buffer, lines.lines);
  return cost;
}

/// As the denser engine's Q buffer, but for the ways that forwarding has.
LocalBufferCost forwarding_cost(const VitcodConfig& config) {
  LocalBufferConfig crossing = config.denser_engine.qv_buffer;
  crossing.ways = config.query_forwarding.requests_per_cycle;
  crossing.line_groups = config.query_forwarding.line_groups;
  return cost_of(crossing, config.mac_lines.lines);
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
  if (const auto& bytes = config.normaliser.carried_bytes_per_cycle) {
    rules.carried_banks = banks_side_by_side(*bytes, rules);
  }
  if (const auto& bytes = config.gemm_engine.carried_bytes_per_cycle) {
    rules.sum_banks = banks_side_by_side(*bytes, rules);
  }
  rules.query_forwarding = config.controller.query_forwarding || !config.controller.two_engines;
  rules.mask_denser_block = config.controller.mask_denser_block;
  return rules;
}

PlanLimits make_limits(const VitcodConfig& config, const LayerList& layers) {
  PlanLimits limits = frame_limits(config, layers, partial_rows_bytes(config, layers));
  limits.holding = holding_rules(config);
  limits.index_bytes = config.sparser_engine.index_buffer.capacity_bytes;
  limits.path.decoder = cost_of(config.decoder);
  limits.path.encoder = cost_of(config.encoder);
  limits.phases = phase_costs(config);
  limits.max_segment_rows = config.sparser_engine.spmm_controller.max_segment_rows;
  limits.two_engines = config.controller.two_engines;
  return limits;
}

}  // namespace vitcod
