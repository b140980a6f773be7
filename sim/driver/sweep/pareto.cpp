// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/pareto.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

bool dominates(const std::vector<double>& a, const std::vector<double>& b) {
  bool is_better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    is_better = is_better || a[i] < b[i];
  }
  return is_better;
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

void ParetoFront::offer(std::uint64_t id, const std::vector<double>& objectives) {
  for (const Member& member : members_) {
    if (dominates(member.objectives, objectives)) return;
  }
  std::erase_if(members_, [&objectives](const Member& member) {
    return dominates(objectives, member.objectives);
  });
  members_.push_back({id, objectives});
}

ObjectiveReader::ObjectiveReader(const SweepConfig& config) : file_(config.file) {
  const std::vector<std::string> columns = coordinate_columns(config);
  for (const Objective& objective : config.objectives) {
    Source source{std::nullopt, find_figure(config, objective.figure),
                  objective.goal == Goal::kMinimize ? 1.0 : -1.0};
    const auto column = std::find(columns.begin(), columns.end(), objective.figure);
    if (column != columns.end()) source.coordinate = column - columns.begin();
    sources_.push_back(std::move(source));
  }
}

std::vector<double> ObjectiveReader::read(const SweepPoint& point, const Json& result) const {
  std::vector<double> objectives;
  for (const Source& source : sources_) {
    const Json value = source.coordinate ? point.coordinates[*source.coordinate]
                                         : figure_value(source.figure, result);
    if (!value.is_number()) {
      throw InputError(fmt::format("{}: /objectives/{}/figure: expected a number at {}, found {}",
                                   file_, objectives.size(), source.figure.pointer,
                                   value.is_null() ? "nothing" : value.dump()));
    }
    objectives.push_back(source.sign * value.get<double>());
  }
  return objectives;
}

}  // namespace vitcod
