// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/design_space.hpp"
#include "sim/driver/sweep/point_resolver.hpp"
#include "sim/driver/sweep/probe_results.hpp"
#include "sim/driver/sweep/result_members.hpp"
#include "sim/driver/sweep/run_places.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"

namespace vitcod {
namespace {

constexpr std::uint64_t kMaxPoints = 100'000;

/// Places that a sweep sets, where in its file they stand, and the values that it sets there.
struct SetPlace {
  std::string pointer;
  std::string at;
  std::vector<Json> values;
};

std::string place_in_file(const SweepConfig& config, std::size_t dimension, std::size_t axis) {
  const std::string place = fmt::format("/axes/{}", dimension);
  return config.dimensions[dimension].axes.size() == 1 ? place
                                                       : place + fmt::format("/zip/{}", axis);
}

std::vector<SetPlace> places_of_axes(const SweepConfig& config) {
  std::vector<SetPlace> places;
  for (std::size_t i = 0; i < config.dimensions.size(); ++i) {
    for (std::size_t k = 0; k < config.dimensions[i].axes.size(); ++k) {
      const Axis& axis = config.dimensions[i].axes[k];
      const std::string at = place_in_file(config, i, k);
      for (const std::string& pointer : axis.pointers) {
        places.push_back({pointer, at + "/pointer", axis.values});
      }
      for (std::size_t v = 0; v < axis.variants.size(); ++v) {
        const auto label = axis.values[v].get<std::string>();
        for (const auto& [pointer, value] : axis.variants[v]) {
          places.push_back({pointer, at + "/variants/" + escape_pointer_token(label), {value}});
        }
      }
    }
  }
  return places;
}

std::vector<SetPlace> places_of_derived(const SweepConfig& config) {
  std::vector<SetPlace> places;
  for (std::size_t i = 0; i < config.derived.size(); ++i) {
    for (const std::string& pointer : config.derived[i].pointers) {
      places.push_back({pointer, fmt::format("/derived/{}/pointer", i), {}});
    }
  }
  return places;
}

/// True if the base run's workload is a trace folder, and stays it at every point.
bool is_of_trace(const SweepConfig& config, const std::vector<SetPlace>& places) {
  const bool is_replaced = std::any_of(places.begin(), places.end(), [](const SetPlace& place) {
    return place.pointer == "/workload";
  });
  return !is_replaced && PointResolver(config).has_trace_folder();
}

void check_places(const SweepConfig& config, const RunPlaces& run) {
  std::vector<SetPlace> places = places_of_axes(config);
  const std::vector<SetPlace> derived = places_of_derived(config);
  places.insert(places.end(), derived.begin(), derived.end());
  const bool has_trace = is_of_trace(config, places);
  for (const SetPlace& place : places) {
    try {
      run.require_place(place.pointer);
    } catch (const ConfigError& error) {
      throw ConfigError(place.at, error.message());
    }
    if (has_trace && place.pointer.starts_with("/workload/") &&
        !can_be_set_in_trace(place.pointer)) {
      throw ConfigError(place.at, place.pointer + " cannot be set: the workload is a trace folder");
    }
    for (const Json& value : place.values) {
      if (factor_of(value)) continue;  // of what the base run has there
      const auto refusal = run.refusal(place.pointer, value, RunPlaces::Extent::kType);
      if (refusal) throw ConfigError(place.at, place.pointer + ": " + *refusal);
    }
  }
}

/// Makes points, which throws for what is not finite, and looks at their derived values.
void check_derived(const SweepConfig& config, const RunPlaces& run) {
  if (config.derived.empty() && config.constraints.empty()) return;
  const DesignSpace space(config);
  const std::size_t num_axes = coordinate_columns(config).size() - config.derived.size();
  for (std::uint64_t i = 0; i < std::min(space.size(), kMaxPoints); ++i) {
    const std::optional<SweepPoint> point = space.point(i);
    if (!point) continue;
    for (std::size_t k = 0; k < config.derived.size(); ++k) {
      const Json& value = point->coordinates[num_axes + k];
      for (const std::string& pointer : config.derived[k].pointers) {
        const auto refusal = run.refusal(pointer, value, RunPlaces::Extent::kTypeAndRange);
        if (!refusal) continue;
        throw ConfigError(fmt::format("/derived/{}/expression", k),
                          fmt::format("{}: {} at point {} of the grid", pointer, *refusal, i));
      }
    }
  }
}

/// True if a result has a number, a text or a truth value there, or an object with numbers, which
/// are added up with those below it. How many layers there are depends on the workload, so any
/// element of a list stands for all.
bool has_figure(const Json& result, const std::string& pointer, bool must_be_number) {
  const Json* value = &result;
  std::vector<std::string> tokens;
  for (Json::json_pointer rest(pointer); !rest.empty(); rest.pop_back()) {
    tokens.insert(tokens.begin(), rest.back());
  }
  for (const std::string& token : tokens) {
    if (value->is_array()) {
      const bool is_index = token.find_first_not_of("0123456789") == std::string::npos;
      if (!is_index || token.empty() || value->empty()) return false;
      value = &value->front();
    } else {
      if (!value->is_object() || !value->contains(token)) return false;
      value = &(*value)[token];
    }
  }
  if (value->is_object()) {
    return std::any_of(value->begin(), value->end(), [](const Json& j) { return j.is_number(); });
  }
  return must_be_number ? value->is_number() : value->is_primitive();
}

/// A pointer into the result, and where it stands in the file.
struct WantedFigure {
  std::string pointer;
  std::string at;
  bool must_be_number = false;
};

/// Numbers that parts of a sweep name, columns too, and where they stand.
std::vector<WantedFigure> wanted_numbers(const SweepConfig& config) {
  std::vector<WantedFigure> wanted;
  const auto want = [&wanted](const std::string& figure, const char* list, std::size_t i,
                              const char* key) {
    wanted.push_back({figure, fmt::format("/{}/{}/{}", list, i, key), true});
  };
  for (std::size_t i = 0; i < config.objectives.size(); ++i) {
    want(config.objectives[i].figure, "objectives", i, "figure");
  }
  for (std::size_t i = 0; i < config.bounds.size(); ++i) {
    want(config.bounds[i].figure, "bounds", i, "figure");
  }
  for (std::size_t i = 0; i < config.ratios.size(); ++i) {
    const Ratio& ratio = config.ratios[i];
    want(ratio.figure, "ratios", i, "figure");
    if (ratio.over) want(*ratio.over, "ratios", i, "over");
  }
  for (std::size_t i = 0; i < config.fits.size(); ++i) {
    want(config.fits[i].figure, "fits", i, "figure");
    want(config.fits[i].against, "fits", i, "against");
  }
  return wanted;
}

std::vector<WantedFigure> wanted_figures(const SweepConfig& config) {
  std::vector<WantedFigure> wanted;
  std::set<std::string> numbers;
  for (WantedFigure& number : wanted_numbers(config)) {
    numbers.insert(number.pointer);
    if (number.pointer.starts_with('/')) wanted.push_back(std::move(number));
  }
  for (const Figure& figure : config.figures) {
    wanted.push_back({figure.pointer, "/figures/" + figure.name, numbers.contains(figure.name)});
  }
  return wanted;
}

/// True if any member of a result has the part.
bool has_part(const Json& result, const Members& members, const std::string& pointer) {
  const std::vector<std::string> names = members_with_numbers(result, members.of);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return part_of_member(result, pointer, name) != 0;
  });
}

void check_members(const SweepConfig& config, const std::vector<Json>& results) {
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    if (!config.tables[i].members) continue;
    const Members& members = *config.tables[i].members;
    for (const auto& [name, pointer] : members.parts) {
      const std::string& part = pointer;
      const bool is_there = std::any_of(results.begin(), results.end(), [&](const Json& result) {
        return has_part(result, members, part);
      });
      if (is_there) continue;
      throw ConfigError(fmt::format("/tables/{}/members/parts/{}", i, name),
                        fmt::format("no member of {} in a result has a value other than 0 at {}",
                                    members.of, part));
    }
  }
}

void check_figures(const SweepConfig& config) {
  std::vector<WantedFigure> wanted = wanted_figures(config);
  const bool has_members =
      std::any_of(config.tables.begin(), config.tables.end(),
                  [](const ReportTable& table) { return table.members.has_value(); });
  if (wanted.empty() && !has_members) return;
  const std::vector<Json> results = probe_results(config);
  if (results.empty()) return;  // no machine can be built: the points will say why
  check_members(config, results);
  for (const WantedFigure& figure : wanted) {
    const bool is_there = std::any_of(results.begin(), results.end(), [&](const Json& result) {
      return has_figure(result, figure.pointer, figure.must_be_number);
    });
    if (is_there) continue;
    throw ConfigError(figure.at,
                      fmt::format("no result has {} at {}",
                                  figure.must_be_number ? "a number" : "a value", figure.pointer));
  }
}

}  // namespace

void check_sweep(const SweepConfig& config) {
  const RunPlaces run;
  try {
    check_places(config, run);
    check_derived(config, run);
    check_figures(config);
  } catch (const ConfigError& error) {
    throw InputError(config.file + ": " + error.what());
  }
}

SweepConfig load_checked_sweep(const std::filesystem::path& file) {
  SweepConfig config = load_sweep_config(file);
  check_sweep(config);
  return config;
}

}  // namespace vitcod
