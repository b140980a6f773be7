// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/unit_context.hpp"

namespace vitcod {
namespace {

void lay_out_sparse_scores(UnitContext& context) {
  const WorkUnit& unit = context.work;
  std::vector<std::vector<std::uint32_t>> storage;
  context.row_ptr.assign(unit.total_rows() + 1, 0);
  for (const ColumnSegment& column : sparser_columns(unit, storage)) {
    for (std::uint32_t i = 0; i < column.num_rows; ++i) {
      ++context.row_ptr[unit.row_index(column.head, column.rows[i]) + 1];
    }
  }
  for (std::uint32_t row = 0; row < unit.total_rows(); ++row) {
    context.row_ptr[row + 1] += context.row_ptr[row];
  }
  context.filled.assign(unit.total_rows(), 0);
  context.entry_key.assign(context.row_ptr.back(), 0);
}

void make_room_for_values(UnitContext& context) {
  const WorkUnit& unit = context.work;
  const AttentionLayer& layer = *unit.layer;
  const std::uint32_t key_rows = unit.num_heads * layer.num_keys;
  for (EngineId engine : kEngines) {
    const std::size_t e = index_of(engine);
    context.query[e].allocate(unit.total_rows(), layer.query_features);
    context.key[e] = std::make_shared<OperandStore>();
    context.key[e]->allocate(key_rows, layer.query_features);
    context.value[e] = std::make_shared<OperandStore>();
    context.value[e]->allocate(key_rows, layer.value_features);
    context.row_exponent[e].assign(unit.total_rows(), kNoExponent);
    context.accumulator[e].assign(std::size_t{unit.total_rows()} * layer.value_features, 0);
    context.row_sum[e].assign(unit.total_rows(), 0);
  }
  context.entry_score.assign(context.entry_key.size(), Score{});
  context.denser_score.assign(unit.workload.denser_columns() * unit.num_rows, Score{});
}

}  // namespace

std::unique_ptr<UnitContext> make_unit_context(const WorkUnit& unit, bool with_values) {
  auto context = std::make_unique<UnitContext>();
  context->work = unit;
  context->with_values = with_values;
  if (unit.encode) return context;
  std::uint32_t columns = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    context->denser_column_base.push_back(columns);
    columns += unit.num_denser(head);
  }
  lay_out_sparse_scores(*context);
  if (with_values) make_room_for_values(*context);
  return context;
}

}  // namespace vitcod
