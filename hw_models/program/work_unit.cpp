// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/work_unit.hpp"

#include <algorithm>

namespace vitcod {
namespace {

/// Rows of `column` that lie in the unit's tile.
ColumnSegment clip_to_tile(const WorkUnit& unit, std::uint32_t head, std::uint32_t key,
                           const std::uint32_t* first, const std::uint32_t* last) {
  if (unit.num_rows != unit.layer->num_queries) {
    first = std::lower_bound(first, last, unit.first_row);
    last = std::lower_bound(first, last, unit.first_row + unit.num_rows);
  }
  return ColumnSegment{head, key, first, static_cast<std::uint32_t>(last - first)};
}

void add_denser_columns_as_sparse(const WorkUnit& unit, std::uint32_t head,
                                  std::vector<std::vector<std::uint32_t>>& storage,
                                  std::vector<ColumnSegment>& columns) {
  const PolarizedHead& map = unit.head(head);
  const std::uint32_t num_queries = unit.layer->num_queries;
  for (std::uint32_t key = 0; key < map.num_denser; ++key) {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t query = 0; query < num_queries; ++query) {
      if (map.denser_kept[std::size_t{key} * num_queries + query] != 0) rows.push_back(query);
    }
    storage.push_back(std::move(rows));
    const std::vector<std::uint32_t>& stored = storage.back();
    columns.push_back(clip_to_tile(unit, head, key, stored.data(), stored.data() + stored.size()));
  }
}

}  // namespace

std::vector<ColumnSegment> sparser_columns(const WorkUnit& unit,
                                           std::vector<std::vector<std::uint32_t>>& storage) {
  std::vector<ColumnSegment> columns;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    const PolarizedHead& map = unit.head(head);
    if (!unit.polarized) add_denser_columns_as_sparse(unit, head, storage, columns);
    const Csc& csc = map.sparser;
    for (std::uint32_t c = 0; c < csc.num_columns(); ++c) {
      const std::uint32_t* rows = csc.row_idx.data();
      columns.push_back(clip_to_tile(unit, head, map.num_denser + c, rows + csc.col_ptr[c],
                                     rows + csc.col_ptr[c + 1]));
    }
  }
  std::erase_if(columns, [](const ColumnSegment& column) { return column.num_rows == 0; });
  return columns;
}

LayerProfile::LayerProfile(const AttentionLayer& layer, bool polarized,
                           std::uint32_t max_segment_rows)
    : layer_(layer) {
  for (const PolarizedHead& head : layer.map->heads) {
    std::vector<std::uint32_t> entries(layer.num_queries, 0);
    std::vector<std::uint32_t> columns(head.num_denser, 0);
    for (std::uint32_t row : head.sparser.row_idx) ++entries[row];
    for (std::size_t i = 0; !polarized && i < head.denser_kept.size(); ++i) {
      entries[i % layer.num_queries] += head.denser_kept[i];
      columns[i / layer.num_queries] += head.denser_kept[i];
    }
    const auto& starts = head.sparser.col_ptr;
    for (std::uint32_t c = 0; c < head.sparser.num_columns(); ++c) {
      columns.push_back(starts[c + 1] - starts[c]);
    }
    const std::uint32_t longest =
        columns.empty() ? 0 : *std::max_element(columns.begin(), columns.end());
    row_entries_.push_back(std::move(entries));
    longest_segment_.push_back(max_segment_rows == 0 ? longest
                                                     : std::min(longest, max_segment_rows));
  }
}

UnitWorkload LayerProfile::workload(const WorkUnit& unit) const {
  UnitWorkload work;
  work.num_rows = unit.num_rows;
  work.query_features = layer_.query_features;
  work.value_features = layer_.value_features;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    if (unit.num_denser(head) > 0) {
      work.denser_heads.push_back(UnitWorkload::DenserHead{head, unit.num_denser(head)});
    }
    work.longest_segment = std::max<std::uint64_t>(
        work.longest_segment, std::min(longest_segment_[unit.first_head + head], unit.num_rows));
    const std::vector<std::uint32_t>& entries = row_entries_[unit.first_head + head];
    for (std::uint32_t row = unit.first_row; row < unit.first_row + unit.num_rows; ++row) {
      work.sparse_entries += entries[row];
      work.sparse_rows += entries[row] > 0 ? 1 : 0;
      work.longest_row = std::max<std::uint64_t>(work.longest_row, entries[row]);
    }
  }
  return work;
}

std::uint32_t index_bytes(std::uint32_t extent) {
  if (extent <= 0x100U) return 1;
  return extent <= 0x10000U ? 2 : 4;
}

}  // namespace vitcod
