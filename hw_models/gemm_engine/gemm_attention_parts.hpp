// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/gemm_engine/gemm_engine_parts.hpp"
#include "sim/base/int_math.hpp"

// What the array, its drain and its ports have more for linear attention.
namespace vitcod {

/// A chunk of X of all rows, feature by feature, and the next one, which fills: `input_bytes` bytes
/// of a feature are written in a cycle, each to registers of its own place; the features of one row
/// are read. Then the feature map, by a table for each byte of the way.
inline PartList turning_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kChunks = 2;
  const std::uint64_t macs = lines.macs_per_line;
  PartList parts;
  parts.add_gated_registers(kChunks * macs * config.accumulator_rows, 8)
      .add_network(kChunks * config.accumulator_rows, macs, 8)
      .add_multiplexers(macs, 8)  // or the row comes as it lies
      .add_tables(config.input_bytes_per_cycle, 256, 8)
      .add_multiplexers(config.input_bytes_per_cycle, 8);
  return parts;
}

/// A byte of a line's chunk of W comes with the others of the chunk, or with those of its feature
/// for all lines, which lie at a power of two in what is read; rows are written to the banks at
/// such distances, by either port.
inline PartList weight_row_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kPorts = 2;
  const auto levels = [](std::uint64_t bytes) {
    return static_cast<std::uint64_t>(std::bit_width(bytes - 1));
  };
  PartList parts;
  parts.add_multiplexers(std::uint64_t{lines.lines} * lines.macs_per_line, 8)
      .add_shifters(1, std::uint64_t{8} * config.weight_bytes_per_cycle,
                    levels(config.weight_bytes_per_cycle))
      .add_shifters(kPorts, std::uint64_t{8} * config.write_bytes_per_cycle,
                    levels(config.write_bytes_per_cycle));
  return parts;
}

/// The line beside the array, as one of the array's: multipliers with their tree, two chunks of
/// weights or ones; its accumulators are so few that they are registers.
inline PartList beside_line_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kChunks = 2;
  constexpr std::uint64_t kProductBits = 16;
  const std::uint64_t macs = lines.macs_per_line;
  PartList parts;
  parts.add_multipliers(macs, 8, 8)
      .add_registers(macs, kProductBits)
      .add_adders(macs, kProductBits + static_cast<std::uint64_t>(std::bit_width(macs)))
      .add_adders(1, kGemmSumBits)
      .add_gated_registers(kChunks, 8 * macs)
      .add_network(kChunks, 1, 8 * macs)
      .add_multiplexers(macs, 8)  // or ones
      .add_queue(std::uint64_t{config.accumulator_files} * config.accumulator_rows, kGemmSumBits)
      .add_network(2, 1, kGemmSumBits)  // or, in a block of one row, the sum just made
      .add_gated_registers(1, kGemmSumBits);
  return parts;
}

/// A divisor's highest 16 bits, its division, the reciprocal of the row that is drained; lanes take
/// that or their columns' constants. The word of the line beside stays with it.
inline PartList reciprocal_parts(const GemmEngineConfig& config) {
  constexpr std::uint64_t kBits = 16;
  constexpr std::uint64_t kShiftBits = 6;
  constexpr std::uint64_t kWidthLevels = 5;
  const std::uint64_t bits_a_cycle =
      ceil_div(kBits, std::uint64_t{config.linear_attention->divide_cycles});
  PartList parts;
  parts.add_comparators(1, kGemmSumBits)
      .add_shifters(1, kGemmSumBits, kWidthLevels)
      .add_adders(1, kShiftBits)
      .add_dividers(1, kBits, bits_a_cycle)
      .add_registers(1, 3 * kBits + kShiftBits)
      .add_gated_registers(1, kBits + kShiftBits)
      .add_multiplexers(config.drain_lanes, kBits + kShiftBits)
      .add_gated_registers(config.accumulator_files, kBits + kShiftBits)
      .add_multiplexers(1, kGemmSumBits);  // its sum as one of the results
  return parts;
}

/// What lines need to add by codes. A lane gates a byte of V or A by its bit. One beside a
/// multiplier uses its place in the tree, its half-words of W and its register of the product, and
/// the multiplier's inputs are held at zero; one beyond them has its own. Codes of a chunk are
/// turned as bytes are, in registers of their own.
inline PartList add_lane_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kChunks = 2;
  constexpr std::uint64_t kValueBits = 8;
  constexpr std::uint64_t kProductBits = 16;
  const std::uint64_t lanes = lines.add_lanes_per_line.value_or(0);
  const std::uint64_t shared = std::min<std::uint64_t>(lanes, lines.macs_per_line);
  const std::uint64_t beyond = lines.lines * (lanes - shared);
  const std::uint64_t tree_bits = kValueBits + static_cast<std::uint64_t>(std::bit_width(lanes));
  PartList parts;
  parts
      .add_multiplexers(lines.lines * lanes, kValueBits)             // the gate
      .add_multiplexers(lines.lines * shared, kProductBits)          // or the product
      .add_multiplexers(lines.lines * shared, std::uint64_t{2} * 8)  // the multiplier's inputs
      .add_registers(lines.pipeline_cycles * beyond, kValueBits)
      .add_adders(beyond, tree_bits)
      .add_latches(kChunks * beyond, kValueBits)
      .add_network(kChunks, beyond, kValueBits)
      .add_gated_registers(kChunks * lanes * config.accumulator_rows, 1)
      .add_network(kChunks * config.accumulator_rows, lanes, 1)
      .add_multiplexers(lanes, 1);  // or the row comes as it lies
  return parts;
}

/// A lane's result becomes a code: whether it is above 0, among the bits of a byte.
inline PartList code_parts(const GemmEngineConfig& config) {
  PartList parts;
  parts.add_comparators(config.drain_lanes, 8).add_gated_registers(config.drain_lanes, 1);
  return parts;
}

}  // namespace vitcod
