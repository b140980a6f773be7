// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/token_merger/token_merger_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

inline constexpr std::uint64_t kMergeElementBytes = 2;
inline constexpr std::uint64_t kMemberBytes = 4;  ///< a number and a weight

/// Bytes of a weighted sum: 31 bits of a product, and those of the number of summands.
inline std::uint64_t merge_sum_bytes(std::uint32_t max_tokens) {
  return ceil_div(std::uint64_t{31} + static_cast<std::uint64_t>(std::bit_width(max_tokens)),
                  std::uint64_t{8});
}

/// What an unloaded token_merger takes.
struct TokenMergerCost {
  std::uint64_t lanes = 1;
  Bandwidth read_bandwidth;
  Bandwidth write_bandwidth;
  std::uint64_t max_tokens = 1;
  std::uint64_t max_features = 1;
  std::uint64_t divide = 1;
  std::uint64_t latency = 1;  ///< from a packet's last cycle to its rows

  /// Words of a row: what the lanes take in a cycle.
  std::uint64_t words(std::uint64_t features) const { return ceil_div(features, lanes); }
  /// Words that the first `bytes` of rows complete; a word is of one row.
  std::uint64_t words_within(std::uint64_t bytes, std::uint64_t features) const {
    const std::uint64_t row = kMergeElementBytes * features;
    if (row == 0) return 0;  // rows of nothing have no words
    return bytes / row * words(features) + bytes % row / (kMergeElementBytes * lanes);
  }
  /// A group of several, when its last row is there: the reciprocal, and the pass over the sums.
  std::uint64_t group_cycles(std::uint64_t features) const { return divide + words(features); }

  // Loads. Many packets: what each rounds up is left out.

  double members_cycles(double members) const {
    return members * double(kMemberBytes) / double(read_bandwidth);
  }
  double rows_cycles(double rows, double groups, double several, std::uint64_t features) const {
    const double row = double(kMergeElementBytes * features);
    return std::max({rows * double(words(features)), rows * row / double(read_bandwidth),
                     groups * row / double(write_bandwidth)}) +
           several * double(group_cycles(features));
  }
};

inline TokenMergerCost cost_of(const TokenMergerConfig& config) {
  return TokenMergerCost{
      config.lanes,         config.read_bytes_per_cycle, config.write_bytes_per_cycle,
      config.max_tokens,    config.max_features,         config.divide_cycles,
      config.latency_cycles};
}

}  // namespace vitcod
