// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/mac_lines/mac_lines_parts.hpp"
#include "hw_models/mask_predictor/mask_predictor_config.hpp"

namespace vitcod {

inline constexpr std::uint64_t kPredictedBits = 4;  ///< of an operand
/// Of kMaxScoreFeatures products of 7 x 7, with the sign.
inline constexpr std::uint64_t kPredictedSumBits = 14;
inline constexpr std::uint64_t kExpBytes = 2;  ///< mantissa and exponent

/// Exps of a block of queries. Each row has a bank, in which the exps of the next block follow
/// those that are compared: one is written and one read.
inline PartList exp_memory_parts(const MaskPredictorConfig& config) {
  constexpr std::uint32_t kPorts = 2;
  PartList parts;
  parts.memory = MemoryNeed{std::uint64_t{config.rows} * config.max_keys * kExpBytes, config.rows,
                            kExpBytes * std::uint64_t{config.keys_per_cycle}, kPorts};
  return parts;
}

/// The way of rows of Q and K from the banks that they lie in, rounded to 4 bits; the multipliers
/// with the operands that they pass on and their sums, which leave by a chain a row; a register a
/// row and a column that is filled while the one before is used.
inline PartList predictor_array_parts(const MaskPredictorConfig& config, const PoolBanks& pool) {
  const std::uint64_t rows = config.rows;
  const std::uint64_t macs = rows * config.columns;
  const std::uint64_t operands = std::uint64_t{config.operand_rows_per_cycle} * kRowBytes;
  PartList parts;
  parts.add_network(pool.banks, config.operand_rows_per_cycle, std::uint64_t{8} * kRowBytes)
      .add_adders(operands, kPredictedBits + 1)
      .add_multipliers(macs, kPredictedBits, kPredictedBits)
      .add_registers(2 * macs, kPredictedBits)
      .add_accumulators(macs, kPredictedSumBits)
      .add_gated_registers(macs, kPredictedSumBits)
      .add_gated_registers(2 * (rows + config.columns), kPredictedBits * kRowBytes);
  return parts;
}

/// The array; the exp units, the rows' sums, which are shifted down where their largest exponent
/// grows, the thresholds (T times the sum, a multiplier that all rows share), the comparators, and
/// two words of the mask a row.
inline PartList parts_of(const MaskPredictorConfig& config, std::uint32_t segment_keys,
                         const PoolBanks& pool) {
  constexpr std::uint64_t kScaleBits = 20;  // log2(e) / sqrt(d)
  constexpr std::uint64_t kTableWords = 256;
  constexpr std::uint64_t kMantissaBits = 8;
  constexpr std::uint64_t kExponentBits = 9;
  constexpr std::uint64_t kWeightBits = 16;
  constexpr std::uint64_t kShiftLevels = 5;
  constexpr std::uint64_t kThresholdBits = 17;  // up to more than all of a row
  const std::uint64_t rows = config.rows;
  const std::uint64_t exps = rows * config.exps_per_row;
  const std::uint64_t compared = rows * config.keys_per_cycle;
  const std::uint64_t row_sum_bits =
      kWeightBits + static_cast<std::uint64_t>(std::bit_width(config.max_keys));
  PartList parts = predictor_array_parts(config, pool);
  parts.add_multipliers(exps, kPredictedSumBits, kScaleBits)
      .add_adders(exps, kPredictedSumBits + kScaleBits)
      .add_tables(exps, kTableWords, kMantissaBits)
      .add_comparators(exps, kExponentBits)
      .add_shifters(exps, kWeightBits, kShiftLevels)
      .add_accumulators(exps, row_sum_bits)
      .add_registers(std::uint64_t{config.latency_cycles} * exps, kPredictedSumBits);
  parts.add_shifters(rows, row_sum_bits, kShiftLevels)
      .add_multipliers(1, row_sum_bits, kThresholdBits)
      .add_gated_registers(2 * rows, row_sum_bits + kThresholdBits)
      .add_shifters(compared, kWeightBits, kShiftLevels)
      .add_comparators(compared, row_sum_bits + kThresholdBits)
      .add_gated_registers(2 * rows, segment_keys)
      .add_network(rows, 1, segment_keys);
  return parts;
}

}  // namespace vitcod
