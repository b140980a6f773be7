// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"

namespace vitcod {

/// What the lines need for linear layers beside what they are: two chunks of W, of which one is
/// filled; the accumulators, of a file or two of flip-flops; the broadcast of X and the way of W.
/// Products and their sums are those of mac_lines.
inline PartList gemm_array_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kChunks = 2;
  constexpr std::uint64_t kSumBits = 32;
  const std::uint64_t chunk_bits = std::uint64_t{8} * lines.macs_per_line;
  const std::uint64_t sums = std::uint64_t{config.accumulator_rows} * config.accumulator_files;
  PartList parts;
  parts.add_gated_registers(kChunks * lines.lines, chunk_bits)
      .add_network(kChunks, lines.lines, chunk_bits)
      .add_gated_registers(std::uint64_t{lines.lines} * sums, kSumBits)
      .add_network(sums, lines.lines, kSumBits)
      .add_adders(lines.lines, kSumBits);
  parts.add_registers(config.input_bytes_per_cycle, 8)
      .add_registers(config.weight_bytes_per_cycle, 8);
  return parts;
}

/// Lanes, each with bias, multiplier of 16 bits, shifter, table of 256 bytes and residual adder,
/// their constants of 8 bytes a column, and the way from any line's accumulators.
inline PartList gemm_drain_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kSumBits = 32;
  constexpr std::uint64_t kProductBits = 48;
  constexpr std::uint64_t kShiftLevels = 6;
  constexpr std::uint64_t kResultBits = 16;
  constexpr std::uint64_t kConstantBits = 64;
  const std::uint64_t lanes = config.drain_lanes;
  PartList parts;
  parts.add_multipliers(lanes, kSumBits, 16)
      .add_adders(lanes, kSumBits)
      .add_adders(lanes, kProductBits)
      .add_shifters(lanes, kProductBits, kShiftLevels)
      .add_tables(lanes, 256, 8)
      .add_adders(lanes, kResultBits)
      .add_registers(lanes * config.drain_latency_cycles, kProductBits);
  // A column's constants stay with its line until the block has left; a lane serves every
  // `lanes`th line, of either file.
  const std::uint64_t lines_a_lane = std::max<std::uint64_t>(1, lines.lines / lanes);
  parts.add_gated_registers(std::uint64_t{lines.lines} * config.accumulator_files, kConstantBits)
      .add_network(lines_a_lane * config.accumulator_files, lanes, kSumBits + kConstantBits);
  return parts;
}

/// A write port of either buffer: the packet's word on its way to any bank.
inline PartList gemm_port_parts(const GemmEngineConfig& config) {
  PartList parts;
  parts.add_gated_registers(config.write_bytes_per_cycle, 8);
  return parts;
}

}  // namespace vitcod
