// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/layer_norm/layer_norm_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

inline constexpr std::uint64_t kNormElementBytes = 2;
inline constexpr std::uint64_t kNormTokens = 3;  ///< one that enters, one or two in work

/// Three tokens, each in a bank of its own with one port: in a cycle a word of the one that enters
/// is written, and the lanes read a word of one in work. A bank is as wide as the wider of both.
inline PartList token_buffer_parts(const LayerNormConfig& config) {
  const std::uint64_t read_bytes = kNormElementBytes * config.lanes;
  PartList parts;
  parts.memory = MemoryNeed{kNormTokens * kNormElementBytes * config.max_features, kNormTokens,
                            std::max<std::uint64_t>(read_bytes, config.read_bytes_per_cycle), 1};
  parts.add_network(kNormTokens * ceil_div(parts.memory->width_bytes, read_bytes), 1,
                    8 * read_bytes);
  return parts;
}

/// Gains and offsets of two norms, a byte each. The lanes read both of an element at once, while
/// those that enter are all of one kind: gains of one group of elements lie in one bank with the
/// offsets of the next group, so that both take each of two banks with one port once.
inline PartList constant_buffer_parts(const LayerNormConfig& config) {
  constexpr std::uint64_t kSets = 2;
  constexpr std::uint64_t kBanks = 2;
  const std::uint64_t lanes = config.lanes;
  PartList parts;
  parts.memory =
      MemoryNeed{kSets * 2 * config.max_features, kBanks,
                 std::max(lanes, ceil_div(std::uint64_t{config.read_bytes_per_cycle}, kBanks)), 1};
  parts.add_network(kBanks * ceil_div(parts.memory->width_bytes, lanes), 2, 8 * lanes);
  return parts;
}

/// Bits of a deviation in units of 2^-10 of the standard deviation, with its sign: at most the root
/// of 1.5 x `features`, where the variance was rounded from half a unit up to one.
inline std::uint64_t normalised_bits(std::uint64_t features) {
  constexpr std::uint64_t kFractionBits = 10;
  const auto bits_of_square = static_cast<std::uint64_t>(std::bit_width(3 * features / 2));
  return 1 + kFractionBits + ceil_div(bits_of_square, std::uint64_t{2});
}

/// Lanes that square a deviation in one pass, and multiply by the reciprocal root and the gain in
/// the other; the sum of what enters; the sums' division by the number of features, exact; root and
/// division, two bits of the result a step with 12 steps.
inline PartList parts_of(const LayerNormConfig& config) {
  constexpr std::uint64_t kDeviationBits = 17;
  constexpr std::uint64_t kRootBits = 24;
  constexpr std::uint64_t kReciprocalBits = kRootBits + 1;  // of a variance of one: 2^24
  constexpr std::uint64_t kSquareBits = 2 * kDeviationBits;
  constexpr std::uint64_t kDroppedBits = 14;  // of the product by the reciprocal, rounded
  constexpr std::uint64_t kGainBits = 8;
  constexpr std::uint64_t kBounds = 2;  // of the saturation
  const std::uint64_t lanes = config.lanes;
  const std::uint64_t enter =
      ceil_div(std::uint64_t{config.read_bytes_per_cycle}, kNormElementBytes);
  const std::uint64_t normalised = normalised_bits(config.max_features);
  const auto count_bits = static_cast<std::uint64_t>(std::bit_width(config.max_features));
  const std::uint64_t sum_bits = 8 * kNormElementBytes + count_bits;
  const std::uint64_t square_sum_bits = kSquareBits - 2 + count_bits;
  PartList parts;
  // A token may begin anywhere in what enters: turned to the beginning of a word, and summed.
  parts.add_registers(config.read_bytes_per_cycle, 8)
      .add_shifters(1, 8 * kNormElementBytes * enter,
                    static_cast<std::uint64_t>(std::bit_width(enter - 1)))
      .add_adders(enter, kDeviationBits)
      .add_accumulators(1, sum_bits)
      .add_accumulators(1, square_sum_bits)
      .add_multipliers(1, sum_bits, sum_bits + 1)
      .add_multipliers(1, square_sum_bits, square_sum_bits + 1);
  parts.add_multipliers(lanes, kDeviationBits, kReciprocalBits)
      .add_multipliers(lanes, normalised, kGainBits)
      .add_adders(lanes, kDeviationBits)
      .add_adders(lanes, kSquareBits)                // the tree of a pass
      .add_adders(lanes, normalised + kDroppedBits)  // rounding
      .add_adders(lanes, normalised + kGainBits)     // offset and rounding
      .add_comparators(kBounds * lanes, normalised + kGainBits)
      .add_registers(lanes * config.latency_cycles, kSquareBits);
  parts.add_dividers(2, kRootBits, ceil_div(kRootBits, std::uint64_t{config.root_cycles}))
      .add_registers(2, 2 * kRootBits + kReciprocalBits);
  return parts;
}

}  // namespace vitcod
