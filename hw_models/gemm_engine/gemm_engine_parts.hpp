// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"

namespace vitcod {

inline constexpr std::uint64_t kGemmSumBits = 32;

/// The sums of a line lie in a memory, since all lines add to the same row in a row step: a row's
/// sums of all lines are a word, a file is a bank. A word is read in one cycle and written in the
/// next, while that of the next row is read: two ports. The drain reads a file that the array does
/// not work on.
inline PartList accumulator_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint32_t kPorts = 2;
  const std::uint64_t word_bytes = kGemmSumBits / 8 * lines.lines;
  PartList parts;
  parts.memory =
      MemoryNeed{std::uint64_t{config.accumulator_files} * config.accumulator_rows * word_bytes,
                 config.accumulator_files, word_bytes, kPorts};
  return parts;
}

/// What lines need to shift. A lane is a shifter of an operand and its seven zeros by up to 14, and
/// what negates the result, whose carry the next addition takes. A lane beside a multiplier uses
/// its register of the product and its place in the tree, and the multiplier's inputs are held at
/// zero; one beyond them has its own, and a register of a code in either chunk.
inline PartList shift_lane_parts(const MacLinesConfig& lines) {
  constexpr std::uint64_t kShiftedBits = 15;
  constexpr std::uint64_t kShiftLevels = 4;
  constexpr std::uint64_t kProductBits = 16;
  constexpr std::uint64_t kTreeBits = 19;
  constexpr std::uint64_t kCodeBits = 5;
  constexpr std::uint64_t kChunks = 2;
  const std::uint64_t lanes = lines.shift_lanes_per_line.value_or(0);
  const std::uint64_t shared = std::min<std::uint64_t>(lanes, lines.macs_per_line);
  const std::uint64_t beyond = lines.lines * (lanes - shared);
  PartList parts;
  parts.add_shifters(lines.lines * lanes, kShiftedBits, kShiftLevels)
      .add_multiplexers(lines.lines * lanes, kProductBits)           // the sign
      .add_multiplexers(lines.lines * shared, kProductBits)          // or the product
      .add_multiplexers(lines.lines * shared, std::uint64_t{2} * 8)  // the multiplier's inputs
      .add_registers(lines.pipeline_cycles * beyond, kProductBits)
      .add_adders(beyond, kTreeBits)
      .add_gated_registers(kChunks * beyond, kCodeBits)
      .add_network(kChunks, beyond, kCodeBits);
  return parts;
}

/// What the lines need for linear layers beside what they are: two chunks of W, of which one is
/// filled; what a row's sums are added to, and the sums on their way to the memory; the broadcast
/// of X and the way of W. Products and their sums are those of mac_lines.
inline PartList gemm_array_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kChunks = 2;
  const std::uint64_t chunk_bits = std::uint64_t{8} * lines.macs_per_line;
  PartList parts;
  parts.add_latches(kChunks * lines.lines, chunk_bits)
      .add_network(kChunks, lines.lines, chunk_bits)
      .add_adders(lines.lines, kGemmSumBits);
  // A sum comes from a file, or, in a block of one row, is the one just made, which is not in the
  // memory yet.
  parts.add_network(std::uint64_t{config.accumulator_files} + 1, lines.lines, kGemmSumBits)
      .add_gated_registers(lines.lines, kGemmSumBits);
  parts.add_registers(config.input_bytes_per_cycle, 8)
      .add_registers(config.weight_bytes_per_cycle, 8);
  parts += shift_lane_parts(lines);
  return parts;
}

/// Between the output buffer and the lines: a row's sums as one word, which comes and goes in parts
/// on a narrower way; a sum that comes is added to in place of one of the files'; and the counter
/// of rows.
inline PartList carried_sum_parts(std::uint64_t bytes_per_cycle, const MacLinesConfig& lines) {
  constexpr std::uint64_t kCounterBits = 16;
  const std::uint64_t word_bytes = kGemmSumBits / 8 * lines.lines;
  const std::uint64_t width = std::min(bytes_per_cycle, word_bytes);
  const std::uint64_t parts_of_word = (word_bytes + width - 1) / width;
  PartList parts;
  parts.add_network(parts_of_word, width, 8)
      .add_network(2, lines.lines, kGemmSumBits)
      .add_gated_registers(word_bytes, 8)
      .add_accumulators(1, kCounterBits);
  return parts;
}

/// Lanes, each with bias, multiplier of 16 bits, shifter, table of 256 bytes and residual adder,
/// their constants of 8 bytes a column, and the way from any line's accumulators.
inline PartList gemm_drain_parts(const GemmEngineConfig& config, const MacLinesConfig& lines) {
  constexpr std::uint64_t kProductBits = 48;
  constexpr std::uint64_t kShiftLevels = 6;
  constexpr std::uint64_t kResultBits = 16;
  constexpr std::uint64_t kConstantBits = 64;
  const std::uint64_t lanes = config.drain_lanes;
  PartList parts;
  parts.add_multipliers(lanes, kGemmSumBits, 16)
      .add_adders(lanes, kGemmSumBits)
      .add_adders(lanes, kProductBits)
      .add_shifters(lanes, kProductBits, kShiftLevels)
      .add_tables(lanes, 256, 8)
      .add_adders(lanes, kResultBits)
      .add_registers(lanes * config.drain_latency_cycles, kProductBits);
  // A column's constants stay with its line until the block has left; a lane serves every
  // `lanes`th line, of either file.
  const std::uint64_t lines_a_lane = std::max<std::uint64_t>(1, lines.lines / lanes);
  parts.add_gated_registers(std::uint64_t{lines.lines} * config.accumulator_files, kConstantBits)
      .add_network(lines_a_lane * config.accumulator_files, lanes, kGemmSumBits + kConstantBits);
  return parts;
}

/// A write port of either buffer: the packet's word on its way to any bank.
inline PartList gemm_port_parts(const GemmEngineConfig& config) {
  PartList parts;
  parts.add_gated_registers(config.write_bytes_per_cycle, 8);
  return parts;
}

}  // namespace vitcod
