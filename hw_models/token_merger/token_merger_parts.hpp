// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/token_merger/token_merger_cost.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Members in words as wide as what enters: numbers, which go to the DMA one a cycle, and weights,
/// which are read as rows come. Neither while a table enters: one port each, in two banks.
inline PartList member_buffer_parts(const TokenMergerConfig& config) {
  constexpr std::uint32_t kBanks = 2;
  constexpr std::uint64_t kHalf = kMemberBytes / 2;
  const std::uint64_t width = std::max<std::uint64_t>(config.read_bytes_per_cycle, kHalf);
  PartList parts;
  parts.memory = MemoryNeed{kMemberBytes * config.max_tokens, kBanks, width, 1};
  parts.add_gated_registers(kBanks * width, 8)
      .add_network(ceil_div(width, kHalf), kBanks, 8 * kHalf);
  return parts;
}

/// Weighted sums of a group, a word of all lanes read and another written in a cycle: two ports.
inline PartList merge_sum_buffer_parts(const TokenMergerConfig& config) {
  const std::uint64_t bytes = merge_sum_bytes(config.max_tokens);
  const std::uint64_t words = ceil_div(config.max_features, config.lanes);
  PartList parts;
  parts.memory =
      MemoryNeed{words * config.lanes * bytes, 1, std::uint64_t{config.lanes} * bytes, 2};
  parts.add_multiplexers(config.lanes, 8 * bytes);  // a word that is about to be written
  return parts;
}

/// A queue of one row that leaves, and the word in which the next begins: two ports.
inline PartList merge_row_buffer_parts(const TokenMergerConfig& config) {
  const std::uint64_t width =
      std::max<std::uint64_t>(config.read_bytes_per_cycle, config.write_bytes_per_cycle);
  PartList parts;
  parts.memory = MemoryNeed{kMergeElementBytes * config.max_features + width, 1, width, 2};
  return parts;
}

/// What turns words that enter and that leave; lanes that multiply an element by its row's weight
/// and add, or a sum by the reciprocal, round and shift; the divider of the reciprocal.
inline PartList parts_of(const TokenMergerConfig& config) {
  constexpr std::uint64_t kWeightBits = 16;
  constexpr std::uint64_t kElementBits = 16;
  constexpr std::uint64_t kFactorBits = 18;
  constexpr std::uint64_t kKeptBits = 25;  // of a sum: its element's 16, its group's 8, a sign
  const auto levels = [](std::uint64_t value) {
    return static_cast<std::uint64_t>(std::bit_width(value - 1));
  };
  const std::uint64_t lanes = config.lanes;
  const std::uint64_t enter = config.read_bytes_per_cycle;
  const std::uint64_t leave = config.write_bytes_per_cycle;
  const std::uint64_t sum = 8 * merge_sum_bytes(config.max_tokens);
  const std::uint64_t weight = kWeightBits + levels(config.max_tokens + std::uint64_t{1});
  PartList parts;
  parts.add_shifters(1, 8 * enter, levels(enter))
      .add_shifters(1, 8 * leave, levels(leave))
      .add_gated_registers(enter + leave, 8)
      .add_network(2, 1, 8 * leave)  // a row as it came, or means
      .add_registers(config.latency_cycles, 8 * leave);
  parts
      .add_multiplexers(lanes, kKeptBits + kFactorBits)  // element and weight, or sum and factor
      .add_multipliers(lanes, kKeptBits, kFactorBits)
      .add_shifters(lanes, sum, levels(weight))
      .add_adders(lanes, sum)
      .add_registers(lanes, sum)
      .add_shifters(lanes, kKeptBits + kFactorBits, 4)
      .add_comparators(2 * lanes, kElementBits);
  parts.add_accumulators(1, weight)
      .add_dividers(1, weight, ceil_div(kFactorBits, std::uint64_t{config.divide_cycles}))
      .add_gated_registers(1, weight + kFactorBits);
  return parts;
}

}  // namespace vitcod
