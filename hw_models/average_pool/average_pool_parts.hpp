// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "hw_models/average_pool/average_pool_config.hpp"
#include "hw_models/average_pool/pool_mean.hpp"
#include "hw_models/bill_of_materials/part_list.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Of the memory of sums: a sum for each lane.
inline std::uint64_t pool_word_bytes(const AveragePoolConfig& config) {
  return ceil_div(std::uint64_t{config.lanes} * pool_sum_bits(config.max_tokens), std::uint64_t{8});
}

/// Sums of all features. In a cycle a word is read, and the one that was read in the cycle before
/// is written: a read and a write port. A token of one word is added to what is about to be
/// written: it comes past the memory.
inline PartList sum_buffer_parts(const AveragePoolConfig& config) {
  constexpr std::uint32_t kPorts = 2;
  const std::uint64_t words = ceil_div(config.max_features, config.lanes);
  PartList parts;
  parts.memory = MemoryNeed{words * pool_word_bytes(config), 1, pool_word_bytes(config), kPorts};
  parts.add_multiplexers(config.lanes, pool_sum_bits(config.max_tokens));
  return parts;
}

/// Lanes that add a feature to its sum, and in the pass half the number of tokens, then multiply by
/// the reciprocal; the row of means, from which packets leave.
inline PartList parts_of(const AveragePoolConfig& config) {
  constexpr std::uint64_t kMeanBits = 8;
  const std::uint64_t lanes = config.lanes;
  const std::uint64_t waiting = lanes - 1;  // bytes of a word that is not complete
  const std::uint64_t enter = config.read_bytes_per_cycle;
  const std::uint64_t sum_bits = pool_sum_bits(config.max_tokens);
  const std::uint64_t growth_bits = pool_growth_bits(config.max_tokens);
  const std::uint64_t reciprocal_bits = pool_reciprocal_bits(config.max_tokens);
  const std::uint64_t words = ceil_div(config.max_features, config.lanes);
  PartList parts;
  // What enters goes behind what waits, and a word of it, as long as its token's, leaves.
  parts.add_registers(enter + waiting, 8)
      .add_shifters(1, 8 * enter, static_cast<std::uint64_t>(std::bit_width(waiting)))
      .add_shifters(1, 8 * (enter + waiting), static_cast<std::uint64_t>(std::bit_width(lanes)));
  // The memory's word, or nothing for a first token; a feature, or half the number of tokens.
  parts.add_registers(lanes, sum_bits)
      .add_multiplexers(2 * lanes, sum_bits)
      .add_adders(lanes, sum_bits)
      .add_registers(lanes, sum_bits);
  // The mean is in one of so many places of the product, by the number of tokens.
  parts.add_gated_registers(1, growth_bits + 1 + reciprocal_bits)
      .add_multipliers(lanes, sum_bits + 1, reciprocal_bits)
      .add_network(growth_bits + 1, lanes, kMeanBits)
      .add_registers(lanes * config.latency_cycles, sum_bits + 1 + reciprocal_bits)
      .add_gated_registers(words * lanes, kMeanBits)
      .add_network(words, lanes, kMeanBits);
  return parts;
}

}  // namespace vitcod
