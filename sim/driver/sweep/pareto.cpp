// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/pareto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

std::optional<std::size_t> find_column(const std::vector<std::string>& columns,
                                       const std::string& name) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

/// What is beyond a bound, as a share of it (of 1 where it is 0); 0 within.
double excess_of(double beyond, double bound) {
  return beyond <= 0 ? 0 : beyond / (bound == 0 ? 1 : std::abs(bound));
}

}  // namespace

bool Score::dominates(const Score& other) const {
  if (group != other.group) return false;
  if (excess != other.excess) return excess < other.excess;
  bool is_better = false;
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    if (objectives[i] > other.objectives[i]) return false;
    is_better = is_better || objectives[i] < other.objectives[i];
  }
  return is_better;
}

void ParetoFront::offer(std::uint64_t id, const Score& score) {
  for (const Member& member : members_) {
    if (member.score.dominates(score)) return;
  }
  std::erase_if(members_, [&score](const Member& member) { return score.dominates(member.score); });
  members_.push_back({id, score});
}

ScoreReader::Source ScoreReader::source_of(const SweepConfig& config,
                                           const std::string& figure) const {
  return {find_column(columns_, figure), find_figure(config, figure)};
}

ScoreReader::ScoreReader(const SweepConfig& config)
    : file_(config.file), columns_(coordinate_columns(config)) {
  for (const Objective& objective : config.objectives) {
    sources_.push_back(source_of(config, objective.figure));
    sources_.back().sign = objective.goal == Goal::kMinimize ? 1.0 : -1.0;
  }
  for (const Bound& bound : config.bounds) {
    bounds_.emplace_back(source_of(config, bound.figure), bound);
  }
  for (const std::string& name : config.front_per) {
    group_coordinates_.push_back(*find_column(columns_, name));
  }
}

std::optional<double> ScoreReader::number_of(const Source& source, const SweepPoint& point,
                                             const Json& result, const std::string& place) const {
  const Json value = source.coordinate ? point.coordinates[*source.coordinate]
                                       : figure_value(source.figure, result);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number()) {
    throw InputError(fmt::format("{}: /{}/figure: expected a number at {}, found {}", file_, place,
                                 source.figure.pointer, value.dump()));
  }
  return value.get<double>();
}

Score ScoreReader::read(const SweepPoint& point, const Json& result) const {
  constexpr double kMissing = std::numeric_limits<double>::infinity();
  Score score;
  for (const std::size_t i : group_coordinates_) score.group += point.coordinates[i].dump() + ",";
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto value = number_of(sources_[i], point, result, fmt::format("objectives/{}", i));
    score.objectives.push_back(value ? sources_[i].sign * *value : kMissing);
    if (!value) score.excess = kMissing;
  }
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    const auto& [source, bound] = bounds_[i];
    const auto value = number_of(source, point, result, fmt::format("bounds/{}", i));
    if (!value) score.excess = kMissing;
    if (value && bound.at_most) score.excess += excess_of(*value - *bound.at_most, *bound.at_most);
    if (value && bound.at_least) {
      score.excess += excess_of(*bound.at_least - *value, *bound.at_least);
    }
  }
  return score;
}

}  // namespace vitcod
