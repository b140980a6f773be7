// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/mac_lines/row_groups.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Cycles of the denser engine's lines in an SDDMM whose slowest share takes `row_steps`: in each,
/// all lines of the share multiply one Q row.
inline std::uint64_t denser_sddmm_cycles(std::uint64_t row_steps, std::uint32_t features,
                                         const MacLinesConfig& lines) {
  return row_steps * line_passes(features, lines);
}

/// Cycles of the SpMM with one head's denser block of `columns` in `rows`: each group adds up the
/// rows of its blocks one after the other, and a row a cycle leaves.
inline std::uint64_t denser_spmm_cycles(std::uint32_t columns, std::uint32_t rows,
                                        const RowGroups& groups) {
  const std::uint64_t blocks = ceil_div(rows, groups.num_groups);
  return std::max<std::uint64_t>(rows, blocks * columns * groups.cycles_per_entry);
}

}  // namespace vitcod
