// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/index_buffer/index_buffer.hpp"
#include "hw_models/spmm_controller/spmm_controller_config.hpp"

namespace vitcod {

/// The sparser engine's SpMM controller: hands out work from the index buffer. In SDDMM a line that
/// has run out asks for a column segment (one K vector, up to max_segment_rows kept rows); in SpMM
/// a group of lines asks for the next output row with entries. Each hand-out takes one look-up.
class SpmmController {
 public:
  SpmmController(const SpmmControllerConfig& config, IndexBuffer& index_buffer)
      : config_(config), index_buffer_(index_buffer) {}

  void begin_sddmm(const AttentionTile& tile);
  void begin_spmm(const AttentionTile& tile);

  bool has_segments() const { return next_segment_ < segments_.size(); }
  /// The next column segment, or null if the index buffer has no look-up left in cycle `now`.
  const ColumnSegment* take_segment(Cycle now) {
    return index_buffer_.request(now) ? &segments_[next_segment_++] : nullptr;
  }
  std::size_t num_segments() const { return segments_.size(); }

  bool has_rows() const { return next_row_ < rows_.size(); }
  std::size_t num_rows() const { return rows_.size(); }
  std::optional<std::uint32_t> take_row(Cycle now) {
    if (!index_buffer_.request(now)) return std::nullopt;
    return rows_[next_row_++];
  }

 private:
  const SpmmControllerConfig config_;
  IndexBuffer& index_buffer_;
  std::vector<std::vector<std::uint32_t>> storage_;  ///< rows of denser columns handled as sparse
  std::vector<ColumnSegment> segments_;
  std::size_t next_segment_ = 0;
  std::vector<std::uint32_t> rows_;
  std::size_t next_row_ = 0;
};

}  // namespace vitcod
