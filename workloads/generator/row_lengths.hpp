// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.hpp"

namespace vitcod {

/// How many entries the rows of one head would like to keep, before scaling.
struct RowDemand {
  std::vector<double> wanted;    ///< per query patch
  std::uint32_t min_length = 1;  ///< bounds that hold for every row after scaling
  std::uint32_t max_length = 1;
};

/// Row lengths of all heads, scaled so that their sum is what was asked for.
struct ScaledRows {
  double scale = 1.0;                               ///< common factor on the wanted lengths
  std::vector<std::vector<std::uint32_t>> lengths;  ///< per head and query patch
};

/// Scales the wanted lengths of all heads by one factor, rounds and bounds them, so that they sum
/// to `total` exactly: of the rows that the last small increase of the factor would lengthen, a
/// random choice is lengthened by one. `total` must lie between the sums of the bounds
/// (ModelError).
ScaledRows scale_row_lengths(const std::vector<RowDemand>& heads, std::uint64_t total,
                             Random& random);

}  // namespace vitcod
