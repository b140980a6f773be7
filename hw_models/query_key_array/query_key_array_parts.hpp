// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/query_key_array/low_bits.hpp"
#include "hw_models/query_key_array/low_bits_config.hpp"
#include "hw_models/query_key_array/query_key_array_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

inline constexpr std::uint64_t kProductBytes = 4;  ///< q.k

/// Of multipliers and their registers.
inline std::uint64_t operand_bits_of(const LowBitsConfig& low_bits) {
  return low_bits.has_any() ? 8 + kLowBits : 8;
}

/// Rows of scores that wait for the softmax unit, as many as leave the tree a word: in a cycle one
/// is written, and one read.
inline PartList waiting_products_parts(const QueryKeyArrayConfig& config, std::uint64_t max_keys) {
  constexpr std::uint32_t kPorts = 2;
  PartList parts;
  parts.memory = MemoryNeed{kProductBytes * config.row_queue_depth * max_keys, 1,
                            kProductBytes * config.adder_tree_outputs, kPorts};
  return parts;
}

/// The array without its multipliers and their adders, which are those of the MAC lines: the query
/// in registers, ways from the banks for as many keys as leave the tree, and the pipeline. `pool`:
/// where K lies. With low bits both have them, and their ways are further ones.
inline PartList parts_of(const QueryKeyArrayConfig& config, const PoolBanks& pool,
                         std::uint64_t multipliers, const LowBitsConfig& low_bits = {}) {
  const std::uint64_t operand_bits = operand_bits_of(low_bits);
  constexpr std::uint64_t kSumBits = 8 * kProductBytes;
  constexpr std::uint64_t kQueries = 2;  // one in use, one that comes
  // Which sums of the tree are scores depends on the number of features: any of its last levels.
  constexpr std::uint64_t kLevels = 4;
  const std::uint64_t outputs = config.adder_tree_outputs;
  PartList parts;
  parts.add_gated_registers(kQueries * multipliers, operand_bits)
      .add_network(kQueries, multipliers, operand_bits)
      .add_registers(config.latency_cycles * outputs, kSumBits)
      .add_network(kLevels, outputs, kSumBits);
  add_pool_ports(pool, outputs, 1, multipliers, parts);
  if (low_bits.has_any()) add_pool_ports(pool, outputs, 1, low_bytes(multipliers), parts);
  if (low_bits.rows == LowBits::kFlatRows) {
    // The flat rows, marked by the softmax unit: in a cycle a word is written, or one is read.
    constexpr std::uint64_t kMarkWord = 16;
    parts.add_queue(ceil_div(std::uint64_t{low_bits.row_marks}, kMarkWord), kMarkWord);
  }
  return parts;
}

}  // namespace vitcod
