// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/index_filter/index_filter_config.hpp"
#include "hw_models/index_filter/source_walk.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

inline constexpr std::uint32_t kTokenNumberBytes = 2;  ///< of a kept token, in a load of numbers

/// What an unloaded index filter takes.
struct IndexFilterCost {
  std::uint32_t lanes = 1;  ///< elements a cycle
  Bandwidth read_bandwidth;
  std::uint64_t max_tokens = 1;  ///< of the map in DRAM
  std::uint64_t latency = 1;     ///< from a packet's last cycle to its Delivery

  bool fits(std::uint64_t source_tokens) const { return source_tokens <= max_tokens; }

  /// Of so many kept tokens' numbers.
  std::uint64_t numbers_cycles(std::uint64_t numbers) const {
    return std::max({std::uint64_t{1}, ceil_div(numbers, lanes),
                     read_bandwidth.cycles_for(kTokenNumberBytes * numbers)});
  }
  /// Of a source index that comes as one packet. What each of several packets rounds up is left
  /// out: at most a step a packet, and a step a section that a packet cuts.
  std::uint64_t index_cycles(const AttentionTile& source, const AttentionTile& tile) const {
    const std::uint64_t bytes = source_index_bytes(source);
    return std::max(SourceWalk(source, tile, lanes).advance(bytes).steps,
                    read_bandwidth.cycles_for(bytes));
  }
  /// As a bound, where no tile is known yet: of so many elements (tokens of columns, starts, row
  /// indices, bytes of mask columns, and rows of the heads for the passes) and so many bytes.
  double least_index_cycles(double elements, double bytes) const {
    return std::max(elements / double(lanes), bytes / double(read_bandwidth));
  }
};

inline IndexFilterCost cost_of(const IndexFilterConfig& config) {
  return IndexFilterCost{config.entries_per_cycle, config.read_bytes_per_cycle, config.max_tokens,
                         config.latency_cycles};
}

}  // namespace vitcod
