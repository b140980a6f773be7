// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/config_reader.hpp"
#include "sim/driver/sweep/axis.hpp"
#include "sim/driver/sweep/sweep_report.hpp"
#include "sim/formula/authors_script.hpp"

namespace vitcod {

/// A value computed from the axes and the derived values before it.
struct DerivedValue {
  std::string name;
  std::string expression;
  std::vector<std::string> pointers;  ///< where it is set; none: a column only
};

enum class SamplingKind { kGrid, kRandom, kLatinHypercube };

/// Which points of the grid a sweep takes.
struct Sampling {
  SamplingKind kind = SamplingKind::kGrid;
  std::uint64_t count = 0;  ///< points; of no meaning for the whole grid
  std::uint64_t seed = 0;
};

enum class Goal { kMinimize, kMaximize };

/// A figure by which points are better or worse.
struct Objective {
  std::string figure;  ///< pointer into the result, or a column of the table
  Goal goal = Goal::kMinimize;
};

/// What a figure must keep for a point to be on a front.
struct Bound {
  std::string figure;  ///< pointer into the result, or a column of the table
  std::optional<double> at_most;
  std::optional<double> at_least;
};

/// A column of the table that is taken from the result.
struct Figure {
  std::string name;
  std::string pointer;  ///< of a scalar; of an object: the sum of its numbers
};

/// A search for the Pareto front in place of a fixed set of points.
struct SearchBudget {
  std::uint64_t initial = 0;      ///< points of the first generation
  std::uint64_t evaluations = 0;  ///< points in all, at most
  std::uint64_t seed = 0;
};

/// What one point may take of the host.
struct PointLimits {
  std::optional<double> seconds;
  std::optional<std::uint64_t> memory_mb;
};

/// A sweep as its file gives it, checked: names are unique, expressions compile.
struct SweepConfig {
  std::string file;  ///< for messages
  std::optional<std::string> description;
  Json run;  ///< a run config, or the name of its file
  std::vector<Dimension> dimensions;
  std::vector<DerivedValue> derived;
  std::vector<std::string> constraints;
  Sampling sampling;
  std::vector<Objective> objectives;
  std::vector<Bound> bounds;           ///< of points on a front
  std::vector<std::string> front_per;  ///< coordinates: a front for each combination of values
  std::vector<Figure> figures;         ///< besides the main figures
  std::vector<Ratio> ratios;           ///< columns after them
  std::vector<Fit> fits;               ///< columns after these
  std::optional<MarkdownTable> table;
  std::vector<ReportTable> tables;
  std::vector<ScriptRevision> formula;  ///< of the authors' script: its totals are in each result
  std::optional<SearchBudget> search;   ///< excludes sampling
  PointLimits limits;
  bool with_values = false;  ///< compute and check values; cycles are the same
};

void read(ConfigReader& reader, SweepConfig& config);

/// Throws InputError with the file's name in front.
SweepConfig load_sweep_config(const std::filesystem::path& file);

}  // namespace vitcod
