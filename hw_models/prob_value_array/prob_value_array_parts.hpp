// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/prob_value_array/prob_value_array_config.hpp"
#include "hw_models/query_key_array/low_bits.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// The array without its multipliers and their adders, which are those of the MAC lines: ways from
/// the banks, the weights of a row's entries by bank, the sums of the row in work and of the one
/// that is divided, dividers with their pipeline, and the sum of the outputs' magnitudes. Low bits
/// of V come on further ways.
inline PartList parts_of(const ProbValueArrayConfig& config, const PoolBanks& pool,
                         std::uint64_t multipliers, std::uint64_t max_keys,
                         bool has_low_bits = false) {
  constexpr std::uint64_t kWeightBits = 8;
  constexpr std::uint64_t kSumBits = 32;
  constexpr std::uint64_t kDivisorBits = kSumBits + 1;  // twice the row sum, to round; and shifted
  constexpr std::uint64_t kQuotientBits = 9;
  constexpr std::uint64_t kMagnitudeBits = 40;
  constexpr std::uint64_t kRows = 2;
  constexpr std::uint64_t kKeyBits = 16;
  const std::uint64_t dividers = config.dividers;
  PartList parts;
  // Those of a row that lie in one bank, which goes at its own pace.
  const std::uint64_t of_bank = ceil_div(max_keys, std::uint64_t{config.value_banks});
  for (std::uint64_t bank = 0; bank < config.value_banks; ++bank) {
    parts.add_queue(of_bank, kWeightBits + kKeyBits);
  }
  add_pool_ports(pool, config.value_banks, 1, multipliers, parts);
  if (has_low_bits) {
    add_pool_ports(pool, config.value_banks, 1, low_bytes(multipliers), parts);
  }
  parts.add_gated_registers(kRows * multipliers, kSumBits)
      .add_network(multipliers, dividers, kSumBits)
      .add_dividers(dividers, kDivisorBits, kQuotientBits)
      .add_registers(config.latency_cycles * dividers, 2 * kDivisorBits + kQuotientBits)
      .add_adders(dividers, kMagnitudeBits)
      .add_accumulators(1, kMagnitudeBits);
  return parts;
}

}  // namespace vitcod
