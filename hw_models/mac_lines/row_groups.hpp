// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/mac_lines/mac_lines_config.hpp"

namespace vitcod {

/// How an engine's lines form groups in the SpMM: a group holds one output row in its accumulators,
/// one feature a MAC. With fewer lines than a row has slices, the one group takes several cycles
/// for each entry.
struct RowGroups {
  std::uint32_t num_groups = 0;
  std::uint32_t lines_per_group = 0;
  std::uint32_t cycles_per_entry = 0;
};

/// `max_groups` bounds the groups by the rows that the output buffer can hold apart.
inline RowGroups form_row_groups(std::uint32_t num_lines, std::uint32_t features,
                                 const MacLinesConfig& config, std::uint32_t max_groups) {
  const std::uint32_t slices = line_passes(features, config);
  RowGroups groups;
  groups.lines_per_group = std::min(slices, num_lines);
  groups.num_groups = std::min(num_lines / groups.lines_per_group, max_groups);
  groups.cycles_per_entry = ceil_div(slices, groups.lines_per_group);
  return groups;
}

}  // namespace vitcod
