// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/mask_predictor/mask_predictor_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Queries and keys of a tile whose mask is predicted.
struct PredictionSize {
  std::uint64_t heads = 1;
  std::uint64_t rows = 1;  ///< of a head
  std::uint64_t keys = 1;
  std::uint64_t features = 1;
  std::uint64_t segment_keys = 1;  ///< keys of a word of the mask
};

/// What a mask predictor takes; nothing hinders it.
struct PredictorCost {
  MaskPredictorConfig config;

  /// Scores of a block of `rows` queries, all keys: for each group of keys the products, or the
  /// exps of the group before; but no less than what the operands take to enter.
  std::uint64_t score_cycles(std::uint64_t rows, const PredictionSize& size) const {
    const std::uint64_t keys = std::min<std::uint64_t>(config.columns, size.keys);
    const std::uint64_t group =
        std::max(size.features, ceil_div(keys, std::uint64_t{config.exps_per_row}));
    constexpr std::uint64_t kAccessFeatures = 64;
    const std::uint64_t operands = (rows + size.keys) * ceil_div(size.features, kAccessFeatures);
    return std::max(ceil_div(size.keys, std::uint64_t{config.columns}) * group,
                    ceil_div(operands, std::uint64_t{config.operand_rows_per_cycle}));
  }
  /// Comparison of the block's scores: a word a row is collected for each segment while those of
  /// the one before are written, a word a cycle.
  std::uint64_t compare_cycles(std::uint64_t rows, const PredictionSize& size) const {
    const auto segment_cycles = [&](std::uint64_t keys) {
      return std::max(rows, ceil_div(keys, std::uint64_t{config.keys_per_cycle}));
    };
    const std::uint64_t rest = size.keys % size.segment_keys;
    return size.keys / size.segment_keys * segment_cycles(size.segment_keys) +
           (rest > 0 ? segment_cycles(rest) : 0);
  }
  /// A whole tile. Blocks of queries follow each other; while one's scores are found, those of the
  /// one before are compared. At the end the array runs empty, row by row and column by column, and
  /// the last words are written.
  std::uint64_t cycles(const PredictionSize& size) const {
    std::uint64_t sum = 0;
    std::uint64_t compared = 0;  // cycles of the block before
    std::uint64_t last_rows = 0;
    for (std::uint64_t head = 0; head < size.heads; ++head) {
      for (std::uint64_t first = 0; first < size.rows; first += config.rows) {
        last_rows = std::min<std::uint64_t>(config.rows, size.rows - first);
        sum += std::max(score_cycles(last_rows, size), compared);
        compared = compare_cycles(last_rows, size);
      }
    }
    const std::uint64_t last_keys = std::min<std::uint64_t>(config.columns, size.keys);
    return sum + (last_rows - 1) + (last_keys - 1) + config.latency_cycles + compared + last_rows;
  }
};

inline PredictorCost cost_of(const MaskPredictorConfig& config) { return PredictorCost{config}; }

}  // namespace vitcod
