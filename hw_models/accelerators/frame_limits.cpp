// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/frame_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_models/mac_lines/mac_lines_parts.hpp"
#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// The largest packet of results of an operation behind the hub: rows that are complete with a
/// packet of `packet` bytes.
std::uint64_t largest_stream_packet(const Operation& operation, std::uint64_t packet) {
  const auto rows = [packet](std::uint64_t row_in) { return (packet - 1) / row_in + 1; };
  if (const auto* gather = std::get_if<TokenGather>(&operation.params)) {
    const std::uint64_t row_in = 2 * std::uint64_t{gather->features};
    return rows(row_in) * (row_in + 2 * std::uint64_t{gather->new_features});
  }
  if (const auto* fuse = std::get_if<TokenFuse>(&operation.params)) {
    const std::uint64_t row = 2 * std::uint64_t{fuse->features};
    return rows(row) * row;
  }
  if (const auto* lift = std::get_if<LiftingStep>(&operation.params)) {
    const std::uint64_t patch = std::uint64_t{lift->side} * lift->side * lift->channels;
    return (rows(patch) + lift->prefix_tokens) * 3 * (patch >> (2 * lift->level));
  }
  return packet;
}

/// The largest packet of results: whole rows, or the tokens that a packet of an encoding completes.
std::uint64_t largest_result_packet(const FrameConfig& config, const LayerList& layers) {
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
  if (!layers.linear_attention.empty()) largest = std::max(largest, packet);
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

void require_passage_of_results(const FrameConfig& config, const LayerList& layers) {
  const std::uint64_t packet = largest_result_packet(config, layers);
  if (packet > config.output_buffer.staging_bytes) {
    throw ConfigError("/output_buffer/staging_bytes",
                      fmt::format("{} does not hold a packet of this workload's results, {} bytes",
                                  config.output_buffer.staging_bytes, packet));
  }
}

/// What of `bytes` can be handed out.
std::uint64_t in_whole_banks(std::uint64_t bytes, const GlobalBufferConfig& buffer) {
  return bytes / buffer.bank_bytes * buffer.bank_bytes;
}

DataPath data_path(const FrameConfig& config) {
  DataPath path;
  path.dram = cost_of(config.dram, config.clock_khz);
  path.dma = cost_of(config.dma);
  path.input = cost_of(config.input_buffer);
  path.weights = cost_of(config.weight_buffer);
  path.output = cost_of(config.output_buffer);
  path.crossbar = cost_of(config.crossbar);
  path.link_period = 2;  // of one place: what is popped in a cycle makes room in the next
  return path;
}

}  // namespace

PlanLimits frame_limits(const FrameConfig& config, const LayerList& layers,
                        std::uint64_t partial_rows_bytes) {
  require_passage_of_results(config, layers);
  PlanLimits limits;
  limits.holding.input_bank_bytes = config.input_buffer.bank_bytes;
  limits.holding.weight_bank_bytes = config.weight_buffer.bank_bytes;
  limits.holding.output_bank_bytes = config.output_buffer.bank_bytes;
  if (const auto& bytes = config.gemm_engine.carried_bytes_per_cycle) {
    const std::uint32_t word = std::min<std::uint32_t>(kRowBytes, config.output_buffer.bank_bytes);
    limits.holding.sum_banks = ceil_div(std::uint32_t{*bytes}, word);
  }
  limits.input_bytes = in_whole_banks(
      config.input_buffer.capacity_bytes - config.input_buffer.staging_bytes, config.input_buffer);
  const std::uint64_t reserved = config.output_buffer.staging_bytes + partial_rows_bytes;
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
  cost(config.token_matcher, limits.matcher);
  cost(config.token_merger, limits.merger);
  limits.path = data_path(config);
  limits.prefetch_units = config.controller.prefetch_units;
  return limits;
}

}  // namespace vitcod
