// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/mac_lines/row_groups.hpp"
#include "hw_models/program/unit_context.hpp"

namespace vitcod {

/// Lines of one head in the denser engine's SDDMM.
struct HeadShare {
  std::uint32_t head;
  std::uint32_t lines;
};

/// Lines of each engine in one phase of a unit.
struct LineSplit {
  std::uint32_t denser_lines = 0;
  std::uint32_t sparser_lines = 0;
  std::vector<HeadShare> shares;  ///< SDDMM: heads with denser columns, most columns first
  RowGroups denser_groups;        ///< SpMM
  RowGroups sparser_groups;       ///< SpMM
};

/// Divides the lines between the engines for one phase from the work that is known offline (ViTCoD
/// section V: in proportion to the workloads). The split chosen is the one whose slower engine is
/// predicted to finish first; the prediction counts whole passes of lines, not stalls. Without
/// `dynamic` each engine has half of the lines, whatever the work. `max_groups` bounds the row
/// groups of an engine in the SpMM.
LineSplit split_lines(const UnitContext& unit, Phase phase, const MacLinesConfig& lines,
                      bool dynamic, std::uint32_t max_groups);

}  // namespace vitcod
