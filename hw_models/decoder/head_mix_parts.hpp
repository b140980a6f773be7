// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Lines that mix heads, of the decoders and the encoder: multipliers with accumulators, rounding
/// and saturation at the end of each sum, the weights of two layers, and a token that spans
/// packets.
inline PartList head_mix_parts(std::uint64_t lines, std::uint64_t macs_per_line,
                               std::uint64_t latency_cycles) {
  constexpr std::uint64_t kSumBits = 32;
  constexpr std::uint64_t kProductBits = 16;
  constexpr std::uint64_t kBounds = 2;      // of the saturation
  constexpr std::uint64_t kSets = 2;        // weights may come before the rows of the last ones end
  constexpr std::uint64_t kSetBytes = 256;  // 12 x 12 weights and 12 biases of 4 bytes, and room
  constexpr std::uint64_t kTokenBytes = 768;  // DeiT-Base: 12 heads of 64
  // The lines that a row lies on, of the narrowest head, have the same weight at a time.
  constexpr std::uint64_t kNarrowestRow = 16;
  const std::uint64_t lines_a_weight = ceil_div(kNarrowestRow, macs_per_line);
  const std::uint64_t macs = lines * macs_per_line;
  PartList parts;
  parts.add_multipliers(macs, 8, 8)
      .add_accumulators(macs, kSumBits)
      .add_registers(latency_cycles * macs, kProductBits)
      .add_adders(macs, kSumBits)
      .add_comparators(kBounds * macs, kSumBits)
      .add_latches(kSets * kSetBytes, 8)
      .add_network(kSetBytes, ceil_div(lines, lines_a_weight), 8)
      .add_gated_registers(kTokenBytes, 8)
      .add_network(kTokenBytes / 64, macs, 8);  // the next head of a feature
  return parts;
}

}  // namespace vitcod
