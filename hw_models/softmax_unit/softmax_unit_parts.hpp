// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/query_key_array/low_bits_config.hpp"
#include "hw_models/softmax_unit/softmax_unit_config.hpp"

namespace vitcod {

inline constexpr std::uint64_t kImportanceBytes = 5;  ///< 40 bits, 16 of them of fraction

/// Importances of tokens: in a cycle those of as many tokens as there are lanes are read, and those
/// of the cycle before are written.
inline PartList importance_parts(const SoftmaxUnitConfig& config, std::uint64_t max_tokens) {
  constexpr std::uint32_t kBanks = 2;  // even and odd words: one is read, the other written
  PartList parts;
  parts.memory =
      MemoryNeed{kImportanceBytes * max_tokens, kBanks, kImportanceBytes * config.parallelism, 1};
  parts.add_adders(config.parallelism, 8 * kImportanceBytes)
      .add_gated_registers(config.parallelism, 8 * kImportanceBytes);
  return parts;
}

inline constexpr std::uint64_t kEntryBytes = 2;   ///< mantissa and exponent
inline constexpr std::uint64_t kWeightBytes = 1;  ///< of a row of P

/// FIFOs of two rows, one that comes and one that is passed over; and rows of P that wait behind
/// the unit. A word has an entry of each lane; in a cycle one is written, and one read.
inline PartList fifo_parts(const SoftmaxUnitConfig& config) {
  constexpr std::uint64_t kRows = 2;
  constexpr std::uint32_t kPorts = 2;
  const std::uint64_t bytes_a_place = kRows * kEntryBytes + config.row_queue_depth * kWeightBytes;
  PartList parts;
  parts.memory = MemoryNeed{bytes_a_place * config.parallelism * config.fifo_depth, 1,
                            kEntryBytes * config.parallelism, kPorts};
  return parts;
}

/// Lanes: scaling, exp by table, distance to the row's largest exponent, the sum, one reciprocal a
/// row, a product for each probability; the pipeline. For flat rows also the row's largest weight,
/// and a comparison of it with the threshold's share of the sum.
inline PartList parts_of(const SoftmaxUnitConfig& config, const LowBitsConfig& low_bits = {}) {
  constexpr std::uint64_t kRawBits = 32;
  constexpr std::uint64_t kScaleBits = 20;
  constexpr std::uint64_t kTableWords = 256;
  constexpr std::uint64_t kWeightBits = 8;
  constexpr std::uint64_t kShiftLevels = 4;
  constexpr std::uint64_t kSumBits = 24;
  constexpr std::uint64_t kReciprocalBits = 24;
  const std::uint64_t lanes = config.parallelism;
  PartList parts;
  parts.add_multipliers(lanes, kRawBits, kScaleBits)
      .add_adders(lanes, kRawBits + kScaleBits)
      .add_comparators(2 * lanes, kRawBits)
      .add_tables(lanes, kTableWords, kWeightBits)
      .add_comparators(lanes, kWeightBits)
      .add_adders(2 * lanes, kWeightBits + 1)
      .add_shifters(lanes, kWeightBits, kShiftLevels)
      .add_adders(lanes, kSumBits)
      .add_accumulators(1, kSumBits)
      .add_dividers(1, kSumBits, kReciprocalBits)
      .add_multipliers(lanes, kWeightBits, kReciprocalBits)
      .add_registers(lanes * config.latency_cycles, 8 * kEntryBytes);
  if (low_bits.rows == LowBits::kFlatRows) {
    constexpr std::uint64_t kThresholdBits = 16;
    parts.add_comparators(lanes, kWeightBits)
        .add_gated_registers(1, kWeightBits)
        .add_multipliers(1, kSumBits, kThresholdBits)
        .add_comparators(1, kSumBits + kThresholdBits);
  }
  return parts;
}

}  // namespace vitcod
