// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/token_matcher/token_matcher_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Bits of a cosine from 0 (-1) to 2^17 (1): as many steps has the search for the best sources.
inline constexpr std::uint64_t kCosineBits = 18;
inline constexpr std::uint64_t kSizeBytes = 2;

/// Tokens that others may join, and tokens that may join one: all but the class token.
inline std::uint64_t destinations_of(const SimilarityMatch& match) { return match.tokens / 2; }
inline std::uint64_t sources_of(const SimilarityMatch& match) { return (match.tokens - 1) / 2; }

/// What an unloaded token matcher takes, and what it holds.
struct TokenMatcherCost {
  std::uint64_t macs = 1;
  Bandwidth read_bandwidth;
  std::uint64_t entries = 1;  ///< a cycle
  std::uint64_t max_tokens = 1;
  std::uint64_t max_features = 1;
  std::uint64_t root = 1;
  std::uint64_t pass_latency = 1;
  std::uint64_t latency = 1;  ///< from a packet's last cycle to its results

  bool fits(const SimilarityMatch& match) const {
    return match.tokens <= max_tokens && match.features <= max_features;
  }
  /// Words of a token: what the multipliers take in a cycle.
  std::uint64_t words(std::uint64_t features) const { return ceil_div(features, macs); }
  /// Words that the first `bytes` of keys complete; a word is of one key.
  std::uint64_t words_within(std::uint64_t bytes, std::uint64_t features) const {
    return bytes / features * words(features) + bytes % features / macs;
  }
  std::uint64_t source_words(const SimilarityMatch& match) const {
    return ceil_div(sources_of(match), entries);
  }

  /// Lengths of all tokens, one after the other: the root of one while the next one's squares are
  /// summed up.
  std::uint64_t length_cycles(const SimilarityMatch& match) const {
    return match.tokens * std::max(words(match.features), root) + pass_latency;
  }
  /// One source: itself into the register, then all destinations past it.
  std::uint64_t source_cycles(const SimilarityMatch& match) const {
    return (1 + destinations_of(match)) * words(match.features) + pass_latency;
  }
  /// The search for the best sources, a pass a bit; then who joins whom, a source a cycle.
  std::uint64_t choice_cycles(const SimilarityMatch& match) const {
    return kCosineBits * (source_words(match) + pass_latency) + sources_of(match);
  }
  /// From the last key on: until its sums are there, all of this, and the members with their
  /// weights, a token a cycle each.
  std::uint64_t match_cycles(const SimilarityMatch& match) const {
    return latency + length_cycles(match) + sources_of(match) * source_cycles(match) +
           choice_cycles(match) + 2 * std::uint64_t{match.tokens};
  }

  // Loads. Many packets: what each rounds up is left out.

  double sizes_cycles(const SimilarityMatch& match) const {
    return double(kSizeBytes * match.tokens) / double(read_bandwidth);
  }
  double keys_cycles(const SimilarityMatch& match, std::uint64_t heads) const {
    const double row =
        std::max(double(words(match.features)), double(match.features) / double(read_bandwidth));
    return double(heads * match.tokens) * row + double(match_cycles(match));
  }
};

inline TokenMatcherCost cost_of(const TokenMatcherConfig& config) {
  return TokenMatcherCost{config.macs,
                          config.read_bytes_per_cycle,
                          config.entries_per_cycle,
                          config.max_tokens,
                          config.max_features,
                          config.root_cycles,
                          config.pass_latency_cycles,
                          config.latency_cycles};
}

}  // namespace vitcod
