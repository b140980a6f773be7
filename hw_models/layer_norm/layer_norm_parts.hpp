// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/layer_norm/layer_norm_config.hpp"

namespace vitcod {

/// Three tokens of 16 bits an element, gain and offset of each element; lanes that square a
/// deviation in one pass, and multiply by root and gain in the other; root and division, two bits
/// of the result a step.
inline PartList parts_of(const LayerNormConfig& config) {
  constexpr std::uint64_t kTokens = 3;
  constexpr std::uint64_t kElementBits = 16;
  constexpr std::uint64_t kDeviationBits = 17;
  constexpr std::uint64_t kRootBits = 24;
  constexpr std::uint64_t kSquareBits = 34;
  constexpr std::uint64_t kSumBits = 48;
  const std::uint64_t lanes = config.lanes;
  const std::uint64_t features = config.max_features;
  PartList parts;
  parts.add_gated_registers(kTokens * features, kElementBits)
      .add_gated_registers(2 * features, 8)
      .add_network((features + lanes - 1) / lanes, kTokens * lanes, kElementBits);
  parts.add_multipliers(lanes, kDeviationBits, kRootBits)
      .add_multipliers(lanes, kElementBits, 8)
      .add_adders(lanes, kDeviationBits)
      .add_adders(2 * lanes, kSquareBits)  // rounding, and the tree of a pass
      .add_adders(lanes, kElementBits)     // the sum as a token enters
      .add_registers(lanes * config.latency_cycles, kSquareBits)
      .add_accumulators(2, kSumBits)
      .add_multipliers(2, kSumBits, kRootBits)  // by the stored reciprocal of the features
      .add_dividers(2, kRootBits, 2)
      .add_registers(2 * std::uint64_t{config.root_cycles}, kSumBits);
  parts.add_registers(config.read_bytes_per_cycle, 8);
  return parts;
}

}  // namespace vitcod
