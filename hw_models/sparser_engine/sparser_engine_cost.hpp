// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "hw_models/mac_lines/row_groups.hpp"
#include "hw_models/sparser_engine/sparser_engine_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// Cycles of so many lines of the sparser engine in an SDDMM: a line takes column segments one
/// after the other, an entry every few cycles; the longest segment stays on one line.
inline std::uint64_t sparser_sddmm_cycles(std::uint64_t entries, std::uint64_t longest_segment,
                                          std::uint32_t features, std::uint32_t num_lines,
                                          const MacLinesConfig& lines) {
  return std::max(ceil_div(entries, num_lines), longest_segment) * line_passes(features, lines);
}

/// Cycles of the SpMM with so many entries in `rows` rows: a group takes rows one after the other,
/// and a row a cycle leaves.
inline std::uint64_t sparser_spmm_cycles(std::uint64_t entries, std::uint64_t rows,
                                         std::uint64_t longest_row, const RowGroups& groups) {
  const std::uint64_t of_a_group = std::max(ceil_div(entries, groups.num_groups), longest_row);
  return std::max(rows, of_a_group * groups.cycles_per_entry);
}

/// The sparser engine's way to its first entries.
struct LookUpCost {
  double lines = 0;  ///< that look up a column segment at the start of an SDDMM
  double look_ups_per_cycle = kUnbounded;

  /// With so many entries; a line that gets none looks nothing up.
  double cycles(double entries) const {
    return std::ceil(std::min(lines, entries) / look_ups_per_cycle);
  }
};

inline LookUpCost cost_of(const MacLinesConfig& lines, const IndexBufferConfig& index_buffer) {
  return LookUpCost{double(lines.lines), double(index_buffer.reads_per_cycle)};
}

}  // namespace vitcod
