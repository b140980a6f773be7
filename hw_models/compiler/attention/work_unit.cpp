// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/work_unit.hpp"

#include <algorithm>

#include "sim/base/int_math.hpp"

namespace vitcod {

LayerProfile::LayerProfile(const AttentionLayer& layer, bool polarized,
                           std::uint32_t max_segment_rows, std::uint32_t entries_a_word)
    : layer_(layer) {
  auto row_entries = std::make_shared<RowCounts>();
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
    std::vector<SparseWork>& before = work_before_.emplace_back(1);
    for (std::uint32_t of_row : entries) {
      const SparseWork& last = before.back();
      before.push_back({last.entries + of_row, last.words + ceil_div(of_row, entries_a_word)});
    }
    row_entries->push_back(std::move(entries));
    const std::uint32_t most = max_segment_rows == 0 ? longest : max_segment_rows;
    longest_segment_.push_back(std::min(longest, most));
    ColumnPieces& pieces = pieces_.emplace_back();
    for (std::uint32_t of_column : columns) {
      pieces.columns += of_column > 0 ? 1 : 0;
      pieces.segments += of_column > 0 ? ceil_div(of_column, most) : 0;
    }
  }
  row_entries_ = std::move(row_entries);
}

UnitWorkload LayerProfile::workload(const WorkUnit& unit) const {
  UnitWorkload work;
  const SparseWork sparse = sparse_work(unit);
  work.sparse_entries = sparse.entries;
  work.sparse_words = sparse.words;
  work.num_rows = unit.num_rows;
  work.query_features = layer_.query_features;
  work.value_features = layer_.value_features;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    const std::uint64_t of_head = sparse_entries(unit, unit.first_head + head);
    work.sparse_segments += segments(unit, unit.first_head + head, of_head);
    if (unit.num_denser(head) > 0) {
      work.shared_entries += of_head;
      work.denser_heads.push_back(UnitWorkload::DenserHead{head, unit.num_denser(head)});
    }
    work.longest_segment = std::max<std::uint64_t>(
        work.longest_segment, std::min(longest_segment_[unit.first_head + head], unit.num_rows));
    const std::vector<std::uint32_t>& entries = (*row_entries_)[unit.first_head + head];
    for (std::uint32_t row = unit.first_row; row < unit.first_row + unit.num_rows; ++row) {
      work.sparse_rows += entries[row] > 0 ? 1 : 0;
      work.longest_row = std::max<std::uint64_t>(work.longest_row, entries[row]);
    }
  }
  return work;
}

std::uint32_t query_window_of(const WorkUnit& unit, const QueryWindowRules& rules) {
  const AttentionLayer& layer = *unit.layer;
  const std::uint32_t row_bytes = std::max(1U, layer.compressed_heads) * layer.query_features;
  const std::uint64_t at_once = rules.packet_bytes / row_bytes + 1;
  if (rules.rows < at_once || rules.rows >= unit.num_rows) return 0;
  if (unit.num_heads > rules.heads || row_bytes > rules.row_bytes) return 0;
  std::uint64_t columns = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    const HeadRows rows = unit.rows_of(head);
    if (rows.num_denser == 0 && !rows.is_pruned) return 0;
    columns += rows.num_denser;
  }
  return columns > 0 && columns <= rules.lines ? rules.rows : 0;
}

std::shared_ptr<const RowCounts> row_counts_of(const PolarizedMap& map, bool polarized) {
  auto counts = std::make_shared<RowCounts>();
  for (const PolarizedHead& head : map.heads) {
    std::vector<std::uint32_t>& entries = counts->emplace_back(map.num_queries, 0);
    for (const std::uint32_t row : head.sparser.row_idx) ++entries[row];
    for (std::size_t i = 0; !polarized && i < head.denser_kept.size(); ++i) {
      entries[i % map.num_queries] += head.denser_kept[i];
    }
  }
  return counts;
}

std::shared_ptr<const AttentionTile> source_tile(const AttentionTile& tile,
                                                 const PolarizedMap& source,
                                                 std::shared_ptr<const RowCounts> row_counts) {
  auto whole = std::make_shared<AttentionTile>(tile);
  whole->map = &source;
  whole->row_counts = std::move(row_counts);
  whole->first_row = 0;
  whole->num_rows = source.num_queries;
  whole->places.clear();
  return whole;
}

namespace {

/// The denser engine holds a window of each head's rows of Q.
void place_windows(const WorkUnit& unit, AttentionTile& tile) {
  std::uint32_t next = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    tile.places[head].query[index_of(EngineId::kDenser)] = next;
    if (unit.num_denser(head) > 0) next += unit.query_window;
  }
}

}  // namespace

std::shared_ptr<const AttentionTile> tile_of(const WorkUnit& unit, bool mask_denser_block,
                                             bool query_forwarding) {
  auto tile = std::make_shared<AttentionTile>();
  tile->map = unit.layer->map;
  if (unit.block != nullptr) tile->owned_map = unit.block->map;
  tile->key_tile = unit.key_tile;
  tile->row_counts = unit.row_counts;
  tile->query_features = unit.layer->query_features;
  tile->value_features = unit.layer->value_features;
  tile->first_head = unit.first_head;
  tile->num_heads = unit.num_heads;
  tile->first_row = unit.first_row;
  tile->num_rows = unit.num_rows;
  tile->polarized = unit.polarized;
  tile->mask_denser_block = mask_denser_block;
  tile->sigmoid_bias = unit.layer->sigmoid_bias;
  tile->place_rows(query_forwarding);
  if (unit.query_window > 0) place_windows(unit, *tile);
  return tile;
}

std::uint64_t LayerProfile::sparse_entries(const WorkUnit& unit, std::uint32_t head) const {
  const std::vector<SparseWork>& before = work_before_[head];
  return before[unit.first_row + unit.num_rows].entries - before[unit.first_row].entries;
}

/// Of a tile of rows as if its columns were as long as its share of the rows.
std::uint64_t LayerProfile::segments(const WorkUnit& unit, std::uint32_t head,
                                     std::uint64_t entries) const {
  const ColumnPieces& pieces = pieces_[head];
  const std::uint64_t share = pieces.segments * unit.num_rows / layer_.num_queries;
  return std::min(entries, std::max(share, pieces.columns));
}

SparseWork LayerProfile::sparse_work(const WorkUnit& unit) const {
  SparseWork work;
  for (std::uint32_t head = unit.first_head; head < unit.first_head + unit.num_heads; ++head) {
    const std::vector<SparseWork>& before = work_before_[head];
    const SparseWork& first = before[unit.first_row];
    const SparseWork& end = before[unit.first_row + unit.num_rows];
    work.entries += end.entries - first.entries;
    work.words += end.words - first.words;
  }
  return work;
}

}  // namespace vitcod
