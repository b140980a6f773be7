// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/attention_map.hpp"

namespace vitcod {

// Dynamic masks: which entries of attention are kept is predicted from Q and K in 4 bits (Sanger,
// MICRO 2021: 4-bit quantisation, softmax, threshold). Published are the steps; the integers are
// assumed, those of the score format (hw_models/score_unit) where it has them.
//
// For each head and row, with d features and operands of 5 fraction bits:
//
//     x'      = clamp((x + 8) >> 4, -7, 7)        an operand in 4 bits, in steps of a half
//     t_j     = log2(e) q'.k_j' / (4 sqrt(d))     8 fraction bits, rounded, saturated to 16 bits
//     e_j     = floor(t_j)                        2^t_j, as exponent
//     m_j     = round(128 x 2^(t_j - e_j))        and mantissa
//     w_j     = (2^8 m_j) >> (E - e_j)            with E the largest exponent of the row
//
// The sum of a row is formed key by key, against the largest exponent so far: where key j raises
// it, what is summed is first shifted down by the difference (rounded down). Entry j is kept if
// 2^16 w_j >= T sum, with a threshold T of 16 fraction bits: a share of the row's attention.

/// Q and K of one head.
struct PredictionOperands {
  std::span<const std::int8_t> queries;  ///< (queries, features)
  std::span<const std::int8_t> keys;     ///< (keys, features)
  std::uint32_t features = 1;
};

/// Shares of their rows' sums that entries have, 16 fraction bits, rounded down: an entry is kept
/// by every threshold that is not above. (queries, keys), row-major.
std::vector<std::uint32_t> predicted_shares(const PredictionOperands& operands);

/// The entries of `shares`, (queries, keys), that are kept by a threshold.
KeptMap kept_by_threshold(std::span<const std::uint32_t> shares, std::uint32_t num_queries,
                          std::uint32_t num_keys, std::uint32_t threshold);

/// The threshold, at least 1, with which the number of kept entries comes nearest to `kept`; the
/// higher one of equals. `shares` of one head or of many.
std::uint32_t threshold_for(std::span<const std::uint32_t> shares, std::uint64_t kept);

}  // namespace vitcod
