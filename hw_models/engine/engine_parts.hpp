// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "hw_models/mac_lines/mac_lines_parts.hpp"

namespace vitcod {

/// What an engine has beside its lines, buffers and score unit: the way of a finished row from the
/// output registers of any group of lines to the normaliser.
inline PartList engine_parts(const MacLinesConfig& lines) {
  const std::uint64_t groups =
      std::max<std::uint64_t>(1, std::uint64_t{lines.lines} * lines.macs_per_line / kRowBytes);
  PartList parts;
  parts.add_network(groups, 1, std::uint64_t{kRowBytes + 1} * kAccumulatorBits);
  return parts;
}

}  // namespace vitcod
