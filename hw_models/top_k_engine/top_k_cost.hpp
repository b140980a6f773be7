// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/top_k_engine/quick_select.hpp"
#include "hw_models/top_k_engine/search_work.hpp"
#include "hw_models/top_k_engine/top_k_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// What an unloaded top-k engine takes.
struct TopKCost {
  std::uint64_t comparators = 1;
  std::uint64_t max_entries = 1;
  std::uint64_t pass_latency = 0;

  /// The passes that were needed, and the one that takes the k largest out of all `entries`; none
  /// if there was nothing to search.
  SearchWork work(const TopK& selection, std::uint64_t entries) const {
    if (selection.passes.empty()) return {};
    SearchWork work{words(entries), 1};
    for (const std::uint32_t pass : selection.passes) work += {words(pass), 1};
    return work;
  }
  std::uint64_t cycles(const SearchWork& work) const {
    return work.words + work.passes * pass_latency;
  }
  /// Of `numbers` that leave the FIFO that they wait in, a word of them a cycle.
  std::uint64_t storing_cycles(std::uint64_t numbers) const {
    return ceil_div(numbers, comparators);
  }

 private:
  std::uint32_t words(std::uint64_t entries) const {
    return static_cast<std::uint32_t>(ceil_div(entries, comparators));
  }
};

inline TopKCost cost_of(const TopKConfig& config) {
  return {config.comparators, std::uint64_t{config.comparators} * config.fifo_depth,
          config.pass_latency_cycles};
}

}  // namespace vitcod
