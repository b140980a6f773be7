// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "hw_models/token_selector/token_selector_cost.hpp"

namespace vitcod {

/// Bytes of a token's score in its memory: a query has no more heads than bytes.
inline std::uint64_t score_entry_bytes(const TokenSelectorConfig& config) {
  return ceil_div(score_bits(config.max_query_bytes), std::uint64_t{8});
}

/// The query, in two banks of one port, words in turn: a group of it that a row of K meets may
/// begin anywhere in a word and ends in the same or the next one. A byte comes from either bank,
/// and the group is turned.
inline PartList query_memory_parts(const TokenSelectorConfig& config) {
  constexpr std::uint64_t kBanks = 2;
  const std::uint64_t macs = config.macs;
  const std::uint64_t width =
      std::max(macs, ceil_div(std::uint64_t{config.read_bytes_per_cycle}, kBanks));
  PartList parts;
  parts.memory = MemoryNeed{config.max_query_bytes, kBanks, width, 1};
  parts.add_network(kBanks * ceil_div(width, macs), 1, 8 * macs)
      .add_shifters(1, 8 * macs, static_cast<std::uint64_t>(std::bit_width(macs - 1)));
  return parts;
}

/// Mantissa and exponent of each token of a head, or of each logit: one bank of one port. Words are
/// written while rows or logits enter, and read in passes.
inline PartList entry_memory_parts(const TokenSelectorConfig& config) {
  PartList parts;
  parts.memory = MemoryNeed{std::uint64_t{kScoreBytes} * config.max_tokens, 1,
                            std::uint64_t{kScoreBytes} * config.entries_per_cycle, 1};
  return parts;
}

/// Scores: two banks of one port, words in turn, so that in a cycle one is read and the one before
/// is written.
inline PartList score_memory_parts(const TokenSelectorConfig& config) {
  constexpr std::uint64_t kBanks = 2;
  const std::uint64_t bytes = score_entry_bytes(config);
  const std::uint64_t width = bytes * config.entries_per_cycle;
  PartList parts;
  parts.memory = MemoryNeed{bytes * config.max_tokens, kBanks, width, 1};
  parts.add_network(kBanks, 1, 8 * width);
  return parts;
}

/// Origins of the tokens that come in: one bank of one port, written before the last pass reads.
inline PartList origin_memory_parts(const TokenSelectorConfig& config) {
  PartList parts;
  parts.memory =
      MemoryNeed{kOriginBytes * config.max_tokens, 1, kOriginBytes * config.entries_per_cycle, 1};
  return parts;
}

namespace token_selector_widths {

inline constexpr std::uint64_t kEntryBits = 16;
inline constexpr std::uint64_t kScaleBits = 23;  ///< log2(e) / (2^10 sqrt(features)), score_format
inline constexpr std::uint64_t kConfidenceBits = 17;  ///< above one it is never reached
inline constexpr std::uint64_t kReciprocalBits = 18;  ///< 2^24 over 128 or more
inline constexpr std::uint64_t kLogitBits = 8;        ///< that experts are chosen by
inline constexpr std::uint64_t kNumberBits = 16;      ///< of a token, and counts of tokens

inline std::uint64_t bits_of(std::uint64_t value) {
  return static_cast<std::uint64_t>(std::bit_width(value));
}
/// q.k of one head: up to 2^14 a feature, with its sign.
inline std::uint64_t product_bits(const TokenSelectorConfig& config) {
  return 15 + bits_of(config.max_query_bytes);
}
/// Of up to 255 a token.
inline std::uint64_t sum_bits(const TokenSelectorConfig& config) {
  return 8 + bits_of(config.max_tokens);
}

}  // namespace token_selector_widths

/// What enters is turned to the beginning of a group and waits there; multipliers with their tree;
/// the scale, rounded and clamped, which also multiplies the exit's confidence; one table of the
/// fractions of t, and for logits one of mantissas and exponents for each that enters in a cycle.
inline PartList scoring_parts(const TokenSelectorConfig& config) {
  using namespace token_selector_widths;
  constexpr std::uint64_t kTableWords = 256;
  constexpr std::uint64_t kLogitEntryBits = 12;  // a mantissa, and an exponent of -6 to 5
  constexpr std::uint64_t kBounds = 2;           // of the clamp
  const std::uint64_t macs = config.macs;
  const std::uint64_t entries = config.entries_per_cycle;
  const std::uint64_t waiting = std::uint64_t{config.read_bytes_per_cycle} + macs;
  const std::uint64_t raw = product_bits(config);
  const std::uint64_t scaled = std::max(raw, sum_bits(config));
  PartList parts;
  // Bytes enter behind those that wait; a group leaves, and the rest moves up.
  parts.add_registers(waiting, 8)
      .add_shifters(1, std::uint64_t{8} * config.read_bytes_per_cycle, bits_of(waiting - 1))
      .add_shifters(1, 8 * waiting, bits_of(macs))
      .add_gated_registers(macs, 8)  // of the query
      .add_multipliers(macs, 8, 8)
      .add_registers(macs, 16)
      .add_adders(macs - 1, 16 + bits_of(macs - 1))
      .add_accumulators(1, raw);
  parts
      .add_multiplexers(1, scaled + kScaleBits)  // a row's product, or the sum and the confidence
      .add_multipliers(1, scaled, kScaleBits)
      .add_adders(1, scaled + kScaleBits)
      .add_comparators(kBounds, raw)
      .add_tables(1, kTableWords, 8)
      .add_tables(entries, kTableWords, kLogitEntryBits)
      .add_registers(config.latency_cycles, scaled);
  // The largest so far; a word of entries, of rows one after the other or of logits.
  parts.add_comparators(entries, kEntryBits)
      .add_multiplexers(entries, kEntryBits)
      .add_gated_registers(1, kEntryBits)
      .add_multiplexers(entries, kEntryBits)
      .add_gated_registers(entries, kEntryBits);
  return parts;
}

/// Lanes of the passes: weights and their sum, its reciprocal, scores; comparisons with the bar and
/// their count; the numbers or origins of those that stay, side by side and behind what waits for a
/// full word of two.
inline PartList pass_parts(const TokenSelectorConfig& config) {
  using namespace token_selector_widths;
  constexpr std::uint64_t kWeightBits = 8;
  constexpr std::uint64_t kShiftLevels = 4;
  const std::uint64_t lanes = config.entries_per_cycle;
  const std::uint64_t score = score_bits(config.max_query_bytes);
  const std::uint64_t sum = sum_bits(config);
  PartList parts;
  parts
      .add_adders(lanes, kWeightBits + 1)  // distance to the largest exponent
      .add_shifters(lanes, kWeightBits + 1, kShiftLevels)
      .add_adders(lanes, kWeightBits + 1)  // rounding
      .add_adders(lanes - 1, sum)
      .add_accumulators(1, sum)
      .add_dividers(1, sum, ceil_div(kReciprocalBits, std::uint64_t{config.divide_cycles}))
      .add_registers(1, 2 * sum + kReciprocalBits)
      .add_multipliers(lanes, kWeightBits, kReciprocalBits)
      .add_adders(lanes, score)
      .add_registers(lanes * config.pass_latency_cycles, score);
  // At or above the bar, and just at it; how many of a word, how many in all and of ties. Those
  // that compare with the bar also compare two logits of a token, whose choice is a score of 1 or
  // 0.
  parts.add_comparators(2 * lanes, score)
      .add_multiplexers(ceil_div(lanes, std::uint64_t{2}), 2 * kLogitBits + 1)
      .add_adders(2 * lanes, kNumberBits)
      .add_accumulators(2, kNumberBits)
      .add_comparators(1, kNumberBits)
      .add_gated_registers(1, score + kNumberBits);
  parts
      .add_adders(lanes, kNumberBits)          // numbers
      .add_multiplexers(lanes, kNumberBits)    // or origins
      .add_network(lanes, lanes, kNumberBits)  // those that stay, side by side
      .add_shifters(1, 2 * lanes * kNumberBits, bits_of(lanes))
      .add_gated_registers(2 * lanes, kNumberBits);
  // What an operation sets: scale, confidence, threshold, counts of heads, features and tokens.
  parts.add_gated_registers(1, kScaleBits + kConfidenceBits + score + 4 * kNumberBits);
  return parts;
}

/// For tables of members: those that do not stay in place of those that do; scores without their
/// lowest bits, or 1; numbers or weights.
inline PartList dropped_parts(const TokenSelectorConfig& config) {
  using namespace token_selector_widths;
  const std::uint64_t lanes = config.entries_per_cycle;
  PartList parts;
  parts.add_multiplexers(lanes, 1)
      .add_shifters(lanes, score_bits(config.max_query_bytes),
                    bits_of(bits_of(config.max_query_bytes)))
      .add_multiplexers(2 * lanes, kNumberBits)
      .add_comparators(lanes, kNumberBits);
  return parts;
}

/// The unit without its memories.
inline PartList parts_of(const TokenSelectorConfig& config) {
  PartList parts = scoring_parts(config);
  parts += pass_parts(config);
  if (config.emits_dropped.value_or(false)) parts += dropped_parts(config);
  return parts;
}

}  // namespace vitcod
