// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/token_gather/token_gather_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

inline constexpr std::uint64_t kNumberBytes = 2;         ///< of a row's number
inline constexpr std::uint64_t kGatherElementBytes = 2;  ///< of an element of X, and of a result

/// What an unloaded token_gather takes.
struct TokenGatherCost {
  Bandwidth read_bandwidth;
  Bandwidth write_bandwidth;
  std::uint64_t max_tokens = 1;
  std::uint64_t max_features = 1;
  std::uint64_t new_bytes = 1;
  std::uint64_t latency = 1;  ///< from a packet's last cycle to its rows

  /// Of one packet, with which `rows` rows of X are complete.
  std::uint64_t packet_cycles(std::uint64_t bytes, std::uint64_t rows, std::uint64_t features,
                              std::uint64_t new_features) const {
    const std::uint64_t result = rows * kGatherElementBytes * (features + new_features);
    return std::max(
        {std::uint64_t{1}, read_bandwidth.cycles_for(bytes), write_bandwidth.cycles_for(result)});
  }
  /// Of numbers or new features, `bytes` in all. Many packets: what each rounds up is left out.
  double table_cycles(double bytes) const { return bytes / double(read_bandwidth); }
  /// Of rows in runs that are long against packets of `packet_bytes` bytes: of these, some complete
  /// a row more than the others.
  double cycles(double rows, std::uint64_t features, std::uint64_t new_features,
                std::uint64_t packet_bytes) const {
    const std::uint64_t row_bytes = kGatherElementBytes * features;
    const std::uint64_t fewer = packet_bytes / row_bytes;
    const double share = double(packet_bytes % row_bytes) / double(row_bytes);
    const double mean =
        (1 - share) * double(packet_cycles(packet_bytes, fewer, features, new_features)) +
        share * double(packet_cycles(packet_bytes, fewer + 1, features, new_features));
    return rows * double(row_bytes) / double(packet_bytes) * mean;
  }
  /// Whether rows of so many elements can be gathered at all.
  bool takes(std::uint64_t features, std::uint64_t new_features) const {
    return features <= max_features && new_features <= new_bytes;
  }
  /// Of a tile: the most tokens whose new features the unit holds, if it holds those of one.
  std::uint64_t max_rows(std::uint64_t new_features) const {
    return new_features == 0 ? max_tokens : std::min(max_tokens, new_bytes / new_features);
  }
};

inline TokenGatherCost cost_of(const TokenGatherConfig& config) {
  return TokenGatherCost{config.read_bytes_per_cycle,
                         config.write_bytes_per_cycle,
                         config.max_tokens,
                         config.max_features,
                         config.new_bytes,
                         config.latency_cycles};
}

}  // namespace vitcod
