// SPDX-License-Identifier: Apache-2.0
#include "hw_models/spmm_controller/spmm_controller.hpp"

#include <algorithm>

namespace vitcod {

void SpmmController::begin_sddmm(const AttentionTile& tile) {
  storage_.clear();
  segments_.clear();
  next_segment_ = 0;
  for (const ColumnSegment& column : sparser_columns(tile, storage_)) {
    const std::uint32_t piece =
        config_.max_segment_rows == 0 ? column.num_rows : config_.max_segment_rows;
    for (std::uint32_t done = 0; done < column.num_rows; done += piece) {
      segments_.push_back(ColumnSegment{column.head, column.key, column.rows + done,
                                        std::min(piece, column.num_rows - done)});
    }
  }
  if (config_.column_order == ColumnOrder::kLongestFirst) {
    std::stable_sort(
        segments_.begin(), segments_.end(),
        [](const ColumnSegment& a, const ColumnSegment& b) { return a.num_rows > b.num_rows; });
  }
}

void SpmmController::begin_spmm(const AttentionTile& tile) {
  rows_.clear();
  next_row_ = 0;
  for (std::uint32_t row = 0; row < tile.total_rows(); ++row) {
    if (tile.has_sparse_entries(TileRow{row})) rows_.push_back(row);
  }
}

}  // namespace vitcod
