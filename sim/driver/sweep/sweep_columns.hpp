// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// The hash of the run that a row came from.
inline const Figure kConfigHash = {"config_sha256", "/config_sha256"};

/// Figures that every table has: what an architect compares first.
const std::vector<Figure>& main_figures();

/// The columns of a point's coordinates: axes in the order of the file, then derived values.
std::vector<std::string> coordinate_columns(const SweepConfig& config);

/// All columns of the table: point, status, coordinates, figures, ratios, fits, pareto,
/// error,
/// provenance.
std::vector<std::string> table_columns(const SweepConfig& config);

/// The members of a result that the table, its ratios, the objectives and the bounds are taken
/// from.
std::set<std::string> result_members(const SweepConfig& config);

/// A fraction to 7 digits, and anything else as it is.
Json shortened(const Json& value);

/// The figure of a column of the table, or of a pointer into the result.
Figure find_figure(const SweepConfig& config, const std::string& name);

/// The value of a figure: a scalar as it is, an object's numbers added up; null if it is not there.
/// As it is in the result: the table has it shorter (`shortened`).
Json figure_value(const Figure& figure, const Json& result);

}  // namespace vitcod
