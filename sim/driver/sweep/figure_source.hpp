// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// Where a number of a point comes from.
struct FigureSource {
  std::optional<std::size_t> coordinate;  ///< else a figure of the result
  Figure figure;
};

/// Of an axis, a derived value, a figure of the table or a pointer into the result.
FigureSource find_source(const SweepConfig& config, const std::string& name);

/// The place of an axis or derived value among a point's coordinates; nothing if it is neither.
std::optional<std::size_t> find_coordinate(const SweepConfig& config, const std::string& name);

/// Nothing where it is not there, or is no number.
std::optional<double> number_of(const FigureSource& source, const SweepPoint& point,
                                const Json& result);

}  // namespace vitcod
