// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/pareto.hpp"

#include <fmt/format.h>

#include <algorithm>

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

/// A column of the table that is a figure, or a pointer into the result.
Figure find_figure(const SweepConfig& config, const std::string& name) {
  for (const std::vector<Figure>* figures : {&main_figures(), &config.figures}) {
    for (const Figure& figure : *figures) {
      if (figure.name == name) return figure;
    }
  }
  return {name, name};
}

}  // namespace

bool Score::dominates(const Score& other) const {
  if (group != other.group) return false;
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

ScoreReader::ScoreReader(const SweepConfig& config) : file_(config.file) {
  const std::vector<std::string> columns = coordinate_columns(config);
  for (const Objective& objective : config.objectives) {
    sources_.push_back({find_column(columns, objective.figure),
                        find_figure(config, objective.figure),
                        objective.goal == Goal::kMinimize ? 1.0 : -1.0});
  }
  for (const std::string& name : config.front_per) {
    group_coordinates_.push_back(*find_column(columns, name));
  }
}

Score ScoreReader::read(const SweepPoint& point, const Json& result) const {
  Score score;
  for (const std::size_t i : group_coordinates_) score.group += point.coordinates[i].dump() + ",";
  for (const Source& source : sources_) {
    const Json value = source.coordinate ? point.coordinates[*source.coordinate]
                                         : figure_value(source.figure, result);
    if (!value.is_number()) {
      throw InputError(fmt::format("{}: /objectives/{}/figure: expected a number at {}, found {}",
                                   file_, score.objectives.size(), source.figure.pointer,
                                   value.is_null() ? "nothing" : value.dump()));
    }
    score.objectives.push_back(source.sign * value.get<double>());
  }
  return score;
}

}  // namespace vitcod
