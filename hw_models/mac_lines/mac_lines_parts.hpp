// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"

namespace vitcod {

/// A row of the widest head of DeiT and LeViT: what a row register holds.
inline constexpr std::uint32_t kRowBytes = 64;
inline constexpr std::uint32_t kAccumulatorBits = 32;

/// The lines of all `engines`. A line has the registers of either engine, since any line may work
/// in either. In the SpMM what holds K holds words of S of `score_word_bytes`: the one whose scores
/// it uses, and the next one. Multipliers, their products and the operands behind the registers
/// have `operand_bits`.
inline PartList parts_of(const MacLinesConfig& config, std::uint64_t engines,
                         std::uint64_t score_word_bytes, std::uint64_t operand_bits = 8) {
  constexpr std::uint64_t kQueryRegisters = 2;  // one in use, one that is being filled
  constexpr std::uint64_t kScoreWords = 2;
  constexpr std::uint64_t kSumBits = 3;       // that a sum of eight products has more
  constexpr std::uint64_t kWeightBits = 8;    // of a score in the SpMM
  constexpr std::uint64_t kExponentBits = 9;  // a difference of two exponents of 8 bits
  constexpr std::uint64_t kShiftLevels = 4;   // distances 0 to 8, and what is further
  constexpr std::uint64_t kControlBits = 64;  // row, column and segment, the place in the row
  const std::uint64_t product_bits = 2 * operand_bits;
  const std::uint64_t lines = config.lines;
  const std::uint64_t macs = lines * config.macs_per_line;
  PartList parts;
  parts.add_multipliers(macs, operand_bits, operand_bits)
      .add_registers(config.pipeline_cycles * macs, product_bits)
      .add_adders(macs - lines, product_bits + kSumBits)
      .add_accumulators(macs, kAccumulatorBits)
      .add_accumulators(lines, kAccumulatorBits)  // the row sum
      .add_gated_registers(macs,
                           kAccumulatorBits)  // the output register: a score, or a part of a row
      .add_gated_registers(lines, kControlBits);
  // K and Q, of which macs_per_line bytes a cycle go to the multipliers; in the SpMM one of them is
  // the weight. What comes, comes from either engine.
  const std::uint64_t key_bytes = std::max<std::uint64_t>(
      std::uint64_t{config.key_registers} * kRowBytes, kScoreWords * score_word_bytes);
  parts.add_latches(kQueryRegisters * lines, std::uint64_t{8} * kRowBytes)
      .add_latches(lines, 8 * key_bytes)
      .add_network(line_passes(kRowBytes, config), 2 * macs, 8)
      .add_network(2, macs, 8)
      .add_network(engines, 2 * lines, std::uint64_t{8} * kRowBytes)
      .add_network(1 + engines, lines, 8 * score_word_bytes);
  // A score becomes a weight: shifted by the distance to the row's largest exponent, and rounded.
  parts.add_gated_registers(lines, kExponentBits)
      .add_adders(lines, kExponentBits + kWeightBits)
      .add_shifters(lines, kWeightBits, kShiftLevels);
  return parts;
}

}  // namespace vitcod
