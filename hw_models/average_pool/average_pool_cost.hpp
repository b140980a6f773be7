// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/average_pool/average_pool_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded average pool takes.
struct AveragePoolCost {
  std::uint64_t lanes = 1;
  Bandwidth read_bandwidth;
  std::uint64_t max_features = 1;
  std::uint64_t max_tokens = 1;
  std::uint64_t latency = 1;  ///< from the last word of the pass to the first packet of means

  bool holds(std::uint64_t tokens, std::uint64_t features) const {
    return features >= 1 && features <= max_features && tokens >= 1 && tokens <= max_tokens;
  }
  /// Words of sums of a token; also the cycles of the pass over them.
  std::uint64_t words(std::uint64_t features) const { return ceil_div(features, lanes); }
  /// Words that the first `bytes` bytes of a load complete; a word is of one token.
  std::uint64_t words_complete(std::uint64_t bytes, std::uint64_t features) const {
    return bytes / features * words(features) + bytes % features / lanes;
  }
  /// Of a packet with the bytes [begin, end) of its load, without the pass.
  std::uint64_t packet_cycles(std::uint64_t begin, std::uint64_t end,
                              std::uint64_t features) const {
    const std::uint64_t adding = words_complete(end, features) - words_complete(begin, features);
    return std::max({std::uint64_t{1}, adding, read_bandwidth.cycles_for(end - begin)});
  }
  /// Of a pool, the pass over its sums included. Many packets: what each rounds up is left out.
  double cycles(std::uint64_t tokens, std::uint64_t features) const {
    const double adding = double(tokens) * double(words(features));
    const double reading = double(tokens) * double(features) / double(read_bandwidth);
    return std::max(adding, reading) + double(words(features));
  }
};

inline AveragePoolCost cost_of(const AveragePoolConfig& config) {
  return AveragePoolCost{config.lanes, config.read_bytes_per_cycle, config.max_features,
                         config.max_tokens, config.latency_cycles};
}

}  // namespace vitcod
