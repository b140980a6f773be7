// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/driver/sweep/point_outcome.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// Makes the points of a sweep anew from the first.
using MakePoints = std::function<std::unique_ptr<PointSource>()>;

struct TableTotals {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t missing = 0;  ///< have not run: in no row
  std::uint64_t on_front = 0;
};

/// A row of a CSV file (RFC 4180), with its end: null is an empty cell, an empty text a quoted one.
std::string csv_line(const std::vector<Json>& cells);

/// Writes sweep.csv and sweep.jsonl into `folder`: a row for each point that has run, in order of
/// index; sweep.md, if the sweep has a table for people; and its report tables. Goes through the
/// points twice, and keeps no more of them than the Pareto front, figures that others are set
/// against, and the rows of tables. Throws FileError, and InputError if a result lacks an
/// objective.
TableTotals write_sweep_table(const SweepConfig& config, const MakePoints& make_points,
                              const OutcomeOf& outcome_of, const std::filesystem::path& folder);

}  // namespace vitcod
