// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/token_selector/token_selector_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

inline constexpr std::uint64_t kOriginBytes = 2;

/// Bits of a score, the sum of up to 2^16 a head; as many steps has the search for the k-th
/// largest.
inline std::uint64_t score_bits(std::uint32_t heads) {
  return 16 + static_cast<std::uint64_t>(std::bit_width(heads));
}

/// Groups of `group` bytes that are complete with the first `bytes` of rows of `row_bytes`, where
/// the last group of a row may be shorter.
inline std::uint64_t groups_within(std::uint64_t bytes, std::uint64_t row_bytes,
                                   std::uint64_t group) {
  return bytes / row_bytes * ceil_div(row_bytes, group) + bytes % row_bytes / group;
}

/// What an unloaded token selector takes, and what it holds.
struct TokenSelectorCost {
  std::uint64_t macs = 1;
  Bandwidth read_bandwidth;
  std::uint64_t entries = 1;  ///< a cycle, and in a word of each memory of entries
  std::uint64_t max_tokens = 1;
  std::uint64_t max_query_bytes = 1;
  std::uint64_t divide = 1;
  std::uint64_t pass_latency = 1;
  std::uint64_t latency = 1;   ///< from a packet's last cycle to its results
  bool emits_dropped = false;  ///< tables of members, for fused tokens

  bool fits(const ScoreSelect& select) const {
    return select.tokens_in <= max_tokens &&
           std::uint64_t{select.heads} * select.features <= max_query_bytes;
  }
  bool fits(const ExitTest& exit) const { return exit.classes <= max_tokens; }
  bool fits(const RouterSplit& split) const { return split.tokens <= max_tokens; }

  /// Words that so many entries lie in, from the first one on.
  std::uint64_t words(std::uint64_t num_entries) const { return ceil_div(num_entries, entries); }
  /// Words that have entries of patch tokens.
  std::uint64_t patch_words(const ScoreSelect& select) const {
    return words(select.tokens_in) - select.prefix_tokens / entries;
  }

  /// From the last row of a head on: until its entries are there, their sum, its reciprocal, and
  /// the scores.
  std::uint64_t head_cycles(std::uint64_t tokens) const {
    return latency + words(tokens) + pass_latency + divide + words(tokens);
  }
  /// Passes that emit: numbers and origins; for a fused token (`fuses`) numbers of those that stay,
  /// numbers of the others, and the weights of either.
  static std::uint64_t emit_passes(bool fuses) { return fuses ? 4 : 2; }
  /// After the last head: the search for the k-th largest score, a pass a bit, and the passes that
  /// emit.
  std::uint64_t choice_cycles(const ScoreSelect& select, bool fuses = false) const {
    const std::uint64_t search =
        select.rule == SelectionRule::kTopK
            ? score_bits(select.heads) * (patch_words(select) + pass_latency)
            : 0;
    return pass_latency + search + emit_passes(fuses) * words(select.tokens_in);
  }
  /// From the last logit on: until its entry is there, and the sum.
  std::uint64_t test_cycles(std::uint64_t classes) const {
    return latency + words(classes) + pass_latency;
  }

  /// From the last logit of a split on: until its token's choice is there, and two passes that
  /// emit, the first expert's tokens and the second one's.
  std::uint64_t order_cycles(std::uint64_t tokens) const {
    return latency + pass_latency + 2 * words(tokens);
  }

  // Loads from their first packet to the end of their last one's work. Many packets: what each
  // rounds up is left out.

  double query_cycles(const ScoreSelect& select) const {
    return double(read_bandwidth.cycles_for(std::uint64_t{select.heads} * select.features));
  }
  double origins_cycles(const ScoreSelect& select) const {
    return std::max(double(words(select.tokens_in)),
                    double(kOriginBytes * select.tokens_in) / double(read_bandwidth));
  }
  double keys_cycles(const ScoreSelect& select, bool fuses = false) const {
    const double row = std::max(double(ceil_div(std::uint64_t{select.features}, macs)),
                                double(select.features) / double(read_bandwidth));
    return double(select.heads) * (select.tokens_in * row + double(head_cycles(select.tokens_in))) +
           double(choice_cycles(select, fuses));
  }
  double logits_cycles(const ExitTest& exit) const {
    return std::max(double(words(exit.classes)), double(exit.classes) / double(read_bandwidth)) +
           double(test_cycles(exit.classes));
  }

  double routing_cycles(const RouterSplit& split) const {
    const std::uint64_t logits = 2 * std::uint64_t{split.tokens};
    return std::max(double(words(logits)), double(logits) / double(read_bandwidth)) +
           double(order_cycles(split.tokens));
  }

  /// A whole selection, its loads one after the other, without the latency to its results.
  double cycles(const ScoreSelect& select, bool has_origins) const {
    return query_cycles(select) + (has_origins ? origins_cycles(select) : 0.0) +
           keys_cycles(select);
  }
  /// A whole exit test, likewise.
  double cycles(const ExitTest& exit) const { return logits_cycles(exit); }
};

inline TokenSelectorCost cost_of(const TokenSelectorConfig& config) {
  return TokenSelectorCost{config.macs,
                           config.read_bytes_per_cycle,
                           config.entries_per_cycle,
                           config.max_tokens,
                           config.max_query_bytes,
                           config.divide_cycles,
                           config.pass_latency_cycles,
                           config.latency_cycles,
                           config.emits_dropped.value_or(false)};
}

}  // namespace vitcod
