// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/token_matcher/token_matcher_cost.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

inline constexpr std::uint64_t kKeySumBytes = 2;      ///< of a feature, over up to 256 heads
inline constexpr std::uint64_t kReciprocalBytes = 4;  ///< of a token's length
inline constexpr std::uint64_t kCosineBytes = 3;
inline constexpr std::uint64_t kLinkBytes = 2;  ///< a token's number

/// Sums of all features of all tokens, in two banks of one port, words in turn: in a cycle one word
/// is read and the one before is written.
inline PartList key_sum_memory_parts(const TokenMatcherConfig& config) {
  constexpr std::uint32_t kBanks = 2;
  const std::uint64_t word = kKeySumBytes * config.macs;
  const std::uint64_t words = ceil_div(config.max_features, config.macs);
  PartList parts;
  parts.memory = MemoryNeed{words * config.max_tokens * word, kBanks, word, 1};
  parts.add_network(kBanks, 1, 8 * word);
  return parts;
}

/// Reciprocal lengths, a word a token; cosines and destinations of sources, `entries_per_cycle` a
/// word; links. Each has a bank of its own, counted as one memory of so many banks of the widest
/// word.
inline PartList match_entry_memory_parts(const TokenMatcherConfig& config) {
  constexpr std::uint32_t kBanks = 3;
  const std::uint64_t sources = ceil_div(std::uint64_t{config.max_tokens}, std::uint64_t{2});
  const std::uint64_t width =
      std::max(kReciprocalBytes, (kCosineBytes + kLinkBytes) * config.entries_per_cycle);
  PartList parts;
  parts.memory =
      MemoryNeed{kReciprocalBytes * config.max_tokens + (kCosineBytes + kLinkBytes) * sources +
                     kLinkBytes * config.max_tokens,
                 kBanks, width, 1};
  return parts;
}

/// Sizes of the tokens, written as they come and read as members are emitted.
inline PartList size_memory_parts(const TokenMatcherConfig& config) {
  const std::uint64_t width = std::max<std::uint64_t>(config.read_bytes_per_cycle, kSizeBytes);
  PartList parts;
  parts.memory = MemoryNeed{kSizeBytes * config.max_tokens, 1, width, 1};
  parts.add_network(ceil_div(width, kSizeBytes), 1, 8 * kSizeBytes);
  return parts;
}

/// Adders of the sums over heads; multipliers with their tree, of a token in a register and the one
/// that the memory gives; the scale by a reciprocal; the root and its reciprocal; the search's
/// comparisons and counts; links.
inline PartList parts_of(const TokenMatcherConfig& config) {
  constexpr std::uint64_t kMeanBits = 8;
  constexpr std::uint64_t kReciprocalBits = 25;
  constexpr std::uint64_t kNumberBits = 16;
  constexpr std::uint64_t kShiftLevels = 4;  // of the heads
  const auto bits_of = [](std::uint64_t value) { return std::uint64_t(std::bit_width(value)); };
  const std::uint64_t macs = config.macs;
  const std::uint64_t enter = config.read_bytes_per_cycle;
  const std::uint64_t waiting = enter + macs;
  const std::uint64_t entries = config.entries_per_cycle;
  const std::uint64_t product = 15 + bits_of(config.max_features);
  PartList parts;
  parts.add_registers(waiting, 8)
      .add_shifters(1, 8 * enter, bits_of(waiting - 1))
      .add_shifters(1, 8 * waiting, bits_of(macs))
      .add_adders(macs, 8 * kKeySumBytes)
      .add_registers(macs, 8 * kKeySumBytes);
  parts.add_shifters(macs, 8 * kKeySumBytes, kShiftLevels)
      .add_gated_registers(config.max_features, kMeanBits)  // the source
      .add_network(ceil_div(config.max_features, config.macs), macs, kMeanBits)
      .add_multiplexers(macs, kMeanBits)  // or the token itself, for its length
      .add_multipliers(macs, kMeanBits, kMeanBits)
      .add_registers(macs, 2 * kMeanBits)
      .add_adders(macs - 1, 2 * kMeanBits + bits_of(macs - 1))
      .add_accumulators(1, product);
  parts.add_multiplexers(1, product + kReciprocalBits)
      .add_multipliers(1, product, kReciprocalBits)
      .add_comparators(3, product)  // the best so far, and the clamp
      .add_gated_registers(1, product + kNumberBits)
      .add_registers(config.latency_cycles, product);
  // A bit of the root and two of the quotient a cycle, in one subtractor.
  parts.add_dividers(1, product + 16, 2).add_gated_registers(3, product + 16);
  parts.add_comparators(2 * entries, kCosineBits)
      .add_adders(entries, kNumberBits)
      .add_accumulators(2, kNumberBits)
      .add_registers(entries * config.pass_latency_cycles, kCosineBits)
      .add_gated_registers(1, kCosineBits + 6 * kNumberBits);
  return parts;
}

}  // namespace vitcod
