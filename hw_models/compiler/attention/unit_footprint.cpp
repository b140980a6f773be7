// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/unit_footprint.hpp"

#include <algorithm>

#include "hw_models/engine/partial_row.hpp"
#include "hw_models/index_buffer/index_format.hpp"
#include "hw_models/score_buffer/score_buffer_config.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

void add_operands(const WorkUnit& unit, const HoldingRules& rules, UnitFootprint& bytes) {
  const HeldRows rows = held_rows(unit, rules.query_forwarding);
  const std::uint64_t bank = rules.input_bank_bytes;
  const std::uint32_t query_bytes = unit.layer->query_features;
  const std::uint32_t value_bytes = unit.layer->value_features;
  for (EngineId engine : kEngines) {
    const std::size_t e = index_of(engine);
    bytes.query += banks_of_rows(rows.query[e], query_bytes, bank) * bank;
    bytes.key += banks_of_rows(rows.key[e], query_bytes, bank) * bank;
    bytes.value += banks_of_rows(rows.key[e], value_bytes, bank) * bank;
    bytes.banks[e].query = banks_apart(rows.query[e], query_bytes, bank);
    bytes.banks[e].key = banks_apart(rows.key[e], query_bytes, bank);
    bytes.banks[e].value = banks_apart(rows.key[e], value_bytes, bank);
  }
}

void add_scores(const ScoreWords& words, const HoldingRules& rules, UnitFootprint& bytes) {
  const std::uint64_t bank = rules.output_bank_bytes;
  for (std::size_t e = 0; e < kEngines.size(); ++e) {
    const std::uint64_t filled = banks_of_rows(words[e], rules.score_word_bytes[e], bank);
    const std::uint64_t banks =
        std::max(filled, std::min<std::uint64_t>(words[e], rules.score_banks[e]));
    bytes.scores += banks * bank;
    bytes.banks[e].scores = std::max(static_cast<std::uint32_t>(banks),
                                     banks_apart(words[e], rules.score_word_bytes[e], bank));
  }
}

/// Accumulators and row sum of each row, side by side in the banks of the way.
std::uint64_t carried_bytes(const WorkUnit& unit, const HoldingRules& rules) {
  if (unit.num_key_tiles == 1) return 0;
  const std::uint64_t rows = unit.total_rows() * partial_row_bytes(unit.layer->value_features);
  const std::uint64_t least = std::uint64_t{rules.carried_banks} * rules.output_bank_bytes;
  return std::max(least, whole_banks(rows, rules.output_bank_bytes));
}

}  // namespace

HeldRows held_rows(const WorkUnit& unit, bool query_forwarding) {
  HeldRows rows;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    const HeadRows held = unit.rows_of(head);
    for (EngineId engine : kEngines) {
      const std::uint32_t queries = held.queries(engine, query_forwarding);
      const bool passes_by = unit.query_window > 0 && engine == EngineId::kDenser && queries > 0;
      rows.query[index_of(engine)] += passes_by ? unit.query_window : queries;
      rows.key[index_of(engine)] += held.keys(engine);
    }
  }
  return rows;
}

std::uint64_t resident_bytes(const WorkUnit& unit, const HoldingRules& rules) {
  const std::uint64_t rows = std::uint64_t{unit.resident_keys} + unit.resident_queries;
  return whole_banks(rows * unit.layer->compressed_heads * unit.layer->query_features,
                     rules.input_bank_bytes);
}

UnitFootprint footprint(const WorkUnit& unit, const HoldingRules& rules) {
  return footprint(unit, {unit.workload.sparse_entries, unit.workload.sparse_words}, rules);
}

UnitFootprint footprint(const WorkUnit& unit, const SparseWork& sparse, const HoldingRules& rules) {
  UnitFootprint bytes;
  const AttentionLayer& layer = *unit.layer;
  std::uint64_t denser_columns = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    denser_columns += unit.num_denser(head);
    const std::uint64_t sparse_columns = layer.num_keys - unit.num_denser(head);
    if (sparse_columns == 0) continue;
    bytes.index += 2 * (sparse_columns + 1 + unit.num_rows + 1);
    bytes.row_starts += 2 * (std::uint64_t{unit.num_rows} + 1);
  }
  add_operands(unit, rules, bytes);
  ScoreWords words = score_words(unit, sparse, rules);
  for (std::size_t e = 0; e < words.size(); ++e) words[e] += unit.other_words[e];
  add_scores(words, rules, bytes);
  bytes.output =
      whole_banks(std::uint64_t{unit.total_rows()} * layer.value_features, rules.output_bank_bytes);
  bytes.carried = carried_bytes(unit, rules);
  bytes.index += sparse.entries * index_bytes(unit.num_rows);
  // One mask bit for each entry of the denser blocks.
  if (rules.mask_denser_block) bytes.index += ceil_div(denser_columns * unit.num_rows, 8U);
  return bytes;
}

ScoreWords score_words(const WorkUnit& unit, const SparseWork& sparse, const HoldingRules& rules) {
  const std::uint32_t scores_a_word =
      items_a_word(rules.score_word_bytes[index_of(EngineId::kDenser)], kScoreBytes);
  std::uint64_t denser_words = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    denser_words += std::uint64_t{unit.num_rows} * ceil_div(unit.num_denser(head), scores_a_word);
  }
  return {denser_words, sparse.words};
}

}  // namespace vitcod
