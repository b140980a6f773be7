// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/mac_lines/mac_lines_parts.hpp"
#include "hw_models/score_array/score_array_config.hpp"
#include "hw_models/score_unit/score_format.hpp"

namespace vitcod {

inline constexpr std::uint64_t kSumBytes = 4;
inline constexpr std::uint64_t kRowStateBytes = 6;  ///< sum of the weights and largest exponent

/// Sums of output rows, a bank a feature: what the rows of the array give in a cycle is of as many
/// features as rows are at work, each read, added to and written.
inline PartList sum_memory_parts(const ScoreArrayConfig& config) {
  constexpr std::uint32_t kPorts = 2;
  PartList parts;
  parts.memory = MemoryNeed{std::uint64_t{config.accumulator_rows} * kRowBytes * kSumBytes,
                            kRowBytes, kSumBytes, kPorts};
  return parts;
}

/// Weight sum and largest exponent of each output row: one is read and one written in a cycle.
inline PartList row_state_parts(const ScoreArrayConfig& config) {
  constexpr std::uint32_t kPorts = 2;
  PartList parts;
  parts.memory = MemoryNeed{std::uint64_t{config.accumulator_rows} * kRowStateBytes, 1,
                            kRowStateBytes, kPorts};
  return parts;
}

/// The ways of Q rows and of a segment's rows from the banks that they lie in, and two registers a
/// key of a segment, one that passes out and one that is filled; PEs, each with its product and
/// sum, the partial sum that passes along the row, the multiplexer that chooses its key of the
/// segment with two settings of it, and the score; the chains of K and V, which pass down row by
/// row, and of Q along the rows, with a row's next Q row beside it.
inline PartList pe_parts(const ScoreArrayConfig& config, const PoolBanks& pool) {
  constexpr std::uint64_t kScoreBits = 17;  // mantissa and exponent
  const std::uint64_t rows = config.rows;
  const std::uint64_t pes = rows * config.columns;
  const auto place_bits = static_cast<std::uint64_t>(std::bit_width(config.segment_keys - 1)) + 1;
  PartList parts;
  parts.add_network(pool.banks, 1, std::uint64_t{8} * config.query_bytes_per_cycle)
      .add_network(pool.banks, 1, std::uint64_t{8} * config.segment_bytes_per_cycle)
      .add_gated_registers(2 * std::uint64_t{config.segment_keys}, std::uint64_t{8} * kRowBytes);
  parts.add_multipliers(pes, 8, 8)
      .add_accumulators(pes, kAccumulatorBits)
      .add_registers(pes, kAccumulatorBits)
      .add_network(2, pes, kAccumulatorBits)
      .add_network(config.segment_keys, pes, 8)
      .add_gated_registers(2 * pes, place_bits)
      .add_gated_registers(pes, kScoreBits)
      .add_registers(rows * config.segment_keys, 8)
      .add_registers(pes, 8)
      .add_gated_registers(2 * rows, 8 * std::uint64_t{kRowBytes});
  return parts;
}

/// The PEs; the rows' exp units, largest exponents and sums of weights; shifters and adders of the
/// banks of sums, with the rotation that brings the rows' features to them.
inline PartList parts_of(const ScoreArrayConfig& config, const PoolBanks& pool) {
  constexpr std::uint64_t kScaleBits = 20;  // log2(e) / sqrt(d), see score_format.hpp
  constexpr std::uint64_t kTableWords = 256;
  constexpr std::uint64_t kMantissaBits = 8;
  constexpr std::uint64_t kExponentBits = 9;
  constexpr std::uint64_t kWeightLevels = 4;  // distances 0 to 8, and what is further
  constexpr std::uint64_t kSumLevels = 5;
  constexpr std::uint64_t kBounds = 2;  // of the clamp
  const std::uint64_t rows = config.rows;
  const std::uint64_t exps = rows * config.exps_per_row;
  PartList parts = pe_parts(config, pool);
  parts.add_multipliers(exps, kRawScoreBits, kScaleBits)
      .add_adders(exps, kRawScoreBits + kScaleBits)
      .add_comparators(kBounds * exps, kRawScoreBits)
      .add_tables(exps, kTableWords, kMantissaBits)
      .add_comparators(exps, kExponentBits)
      .add_adders(exps, kExponentBits + kMantissaBits)
      .add_shifters(exps, kMantissaBits, kWeightLevels)
      .add_accumulators(rows, kAccumulatorBits)
      .add_registers(std::uint64_t{config.exp_latency_cycles} * exps, kRawScoreBits);
  parts
      .add_shifters(kRowBytes, kAccumulatorBits,
                    static_cast<std::uint64_t>(std::bit_width(rows - 1)))
      .add_shifters(2 * std::uint64_t{kRowBytes}, kAccumulatorBits, kSumLevels)
      .add_adders(3 * std::uint64_t{kRowBytes}, kAccumulatorBits)
      .add_registers(kRowBytes, kAccumulatorBits);
  return parts;
}

}  // namespace vitcod
