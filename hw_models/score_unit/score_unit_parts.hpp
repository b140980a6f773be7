// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "hw_models/score_unit/score_unit_config.hpp"

namespace vitcod {

/// Scores a cycle, oldest first, out of the output registers of all lines; scaled, rounded and
/// clamped, their exp or sigmoid by table. Their rows' largest exponents are the row table's.
inline PartList parts_of(const ScoreUnitConfig& config, std::uint64_t lines) {
  constexpr std::uint64_t kScaleBits =
      21;  // log2(e) / sqrt(d) of 16 features or more, see score_format.hpp
  constexpr std::uint64_t kTableWords = 256;
  constexpr std::uint64_t kMantissaBits = 8;
  constexpr std::uint64_t kSigmoidExponentBits = 4;  // 0 to -9
  constexpr std::uint64_t kTermBits = 16;            // of t
  constexpr std::uint64_t kBounds = 2;               // of the clamp
  const std::uint64_t scores = config.scores_per_cycle;
  PartList parts;
  parts.add_network(lines, scores, kRawScoreBits)
      .add_multipliers(scores, kRawScoreBits, kScaleBits)
      .add_adders(scores, kRawScoreBits + kScaleBits)
      .add_comparators(kBounds * scores, kRawScoreBits)
      .add_tables(scores, kTableWords, kMantissaBits)
      .add_tables(scores, kTableWords, kMantissaBits + kSigmoidExponentBits)
      .add_adders(scores, kTermBits)  // the bias
      .add_registers(config.latency_cycles * scores, kRawScoreBits);
  return parts;
}

}  // namespace vitcod
