// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/index_buffer/index_buffer_config.hpp"
#include "hw_models/spmm_controller/spmm_controller_config.hpp"

namespace vitcod {

inline constexpr std::uint64_t kSegmentHeaderBytes = 4;  ///< key, head and number of rows

/// Rows that a segment has at most.
inline std::uint64_t segment_rows(const SpmmControllerConfig& config) {
  constexpr std::uint64_t kUncutRows = 256;  // of a column that is never cut
  return config.max_segment_rows == 0 ? kUncutRows : config.max_segment_rows;
}

/// What a look-up brings, at once: a segment's header and a byte for each of its rows.
inline std::uint64_t look_up_bytes(const SpmmControllerConfig& config) {
  return kSegmentHeaderBytes + segment_rows(config);
}

/// The way of a look-up to any line, where a register holds the segment whose rows it asks for and
/// another the header of the one that it computes.
inline PartList parts_of(const SpmmControllerConfig& config, const IndexBufferConfig& index_buffer,
                         std::uint64_t lines) {
  constexpr std::uint64_t kRowBits = 8;  // up to 256 queries
  constexpr std::uint64_t kCounterBits = 16;
  const std::uint64_t segment_bits = 8 * look_up_bytes(config);
  PartList parts;
  parts.add_latches(lines, segment_bits + 8 * kSegmentHeaderBytes)
      .add_network(segment_rows(config), lines, kRowBits)  // the next row of the segment
      .add_network(index_buffer.reads_per_cycle, lines, segment_bits)
      .add_accumulators(1, kCounterBits);
  return parts;
}

}  // namespace vitcod
