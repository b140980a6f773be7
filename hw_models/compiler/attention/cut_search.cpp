// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/cut_search.hpp"

#include "hw_models/index_buffer/index_format.hpp"
#include "hw_models/score_buffer/score_buffer_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

std::uint32_t entries_a_word(const AttentionLayer& layer, const HoldingRules& rules) {
  return items_a_word(rules.score_word_bytes[index_of(EngineId::kSparser)],
                      sparse_entry_bytes(layer.num_keys));
}

void mark_loads(std::vector<WorkUnit>& units) {
  WorkUnit* first = nullptr;
  WorkUnit* last = nullptr;
  bool has_queries = false;
  for (WorkUnit& unit : units) {
    has_queries = has_queries && unit.key_tile > 0;
    if (unit.is_pruned()) continue;
    if (first == nullptr) first = &unit;
    last = &unit;
    unit.is_in_first_group = unit.first_head == first->first_head;
    unit.loads_queries_again = has_queries;
    has_queries = true;
  }
  if (first == nullptr) return;
  first->is_first_load = true;
  last->is_last_load = true;
}

void split_lines(std::vector<WorkUnit>& units, const LineSplitter& splitter) {
  for (WorkUnit& unit : units) {
    for (Phase phase : {Phase::kSddmm, Phase::kSpmm}) {
      unit.split[static_cast<std::size_t>(phase)] = splitter.split(unit.workload, phase);
    }
  }
}

std::uint32_t next_on_grid(std::uint32_t tiles) {
  std::uint32_t power = 1;
  while (2 * power <= tiles) power *= 2;
  const std::uint32_t half = power + power / 2;
  return tiles < half ? half : 2 * power;
}

}  // namespace vitcod
