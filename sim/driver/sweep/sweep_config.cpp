// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "sim/driver/sweep/point_expressions.hpp"
#include "sim/driver/sweep/sweep_columns.hpp"
#include "sim/driver/sweep/sweep_fits.hpp"
#include "sim/driver/sweep/sweep_rules.hpp"
#include "sim/formula/script_report.hpp"

namespace vitcod {
namespace {

constexpr std::array<std::pair<std::string_view, SamplingKind>, 3> kSamplingKinds{
    {{"grid", SamplingKind::kGrid},
     {"random", SamplingKind::kRandom},
     {"latin_hypercube", SamplingKind::kLatinHypercube}}};

constexpr std::array<std::pair<std::string_view, Goal>, 2> kGoals{
    {{"minimize", Goal::kMinimize}, {"maximize", Goal::kMaximize}}};

constexpr std::uint64_t kMaxGridPoints = std::uint64_t{1} << 62;
constexpr Range<std::uint64_t> kNumPoints{1, std::uint64_t{1} << 40};
constexpr Range<std::uint64_t> kNumEvaluations{1, 10'000'000};  // a search remembers its points

void read_figures(ConfigReader& reader, std::vector<Figure>& figures) {
  const Json* json = reader.raw("figures", "further columns: {name: pointer into the result}");
  if (json == nullptr) return;
  reader.require(json->is_object(), "figures", "expected an object of names and pointers");
  for (const auto& [name, pointer] : json->items()) {
    if (!pointer.is_string() || !is_json_pointer(pointer.get<std::string>())) {
      throw ConfigError("", "expected a JSON pointer into the result, found " + pointer.dump())
          .under(name)
          .under("figures");
    }
    figures.push_back({name, pointer.get<std::string>()});
  }
}

void read_formula(ConfigReader& reader, std::vector<ScriptRevision>& revisions) {
  std::optional<std::vector<std::string>> names;
  reader.optional("formula", names,
                  "revisions of the authors' script (HEAD, 0b4031a) whose totals a result has");
  for (const std::string& name : names.value_or(std::vector<std::string>{})) {
    const bool is_head = name == name_of(ScriptRevision::kHead);
    reader.require(is_head || name == name_of(ScriptRevision::k0b4031a), "formula",
                   "expected HEAD or 0b4031a, found " + Json(name).dump());
    revisions.push_back(is_head ? ScriptRevision::kHead : ScriptRevision::k0b4031a);
  }
}

void read_run(ConfigReader& reader, Json& run) {
  const Json* json = reader.raw("run", "a run config, or the name of its file");
  if (json != nullptr) run = *json;
}

void require_grid_size(const SweepConfig& config) {
  std::uint64_t size = 1;
  for (const Dimension& dimension : config.dimensions) {
    if (dimension.size() > kMaxGridPoints / size) {
      throw ConfigError("/axes", "expected at most 2^62 points in the grid");
    }
    size *= dimension.size();
  }
}

/// Names and the places in the file where they stand.
std::vector<std::pair<std::string, std::string>> names_given(const SweepConfig& config) {
  std::vector<std::pair<std::string, std::string>> names;
  for (std::size_t i = 0; i < config.dimensions.size(); ++i) {
    const std::vector<Axis>& axes = config.dimensions[i].axes;
    for (std::size_t k = 0; k < axes.size(); ++k) {
      names.emplace_back(axes[k].name, axes.size() == 1
                                           ? fmt::format("/axes/{}/name", i)
                                           : fmt::format("/axes/{}/zip/{}/name", i, k));
    }
  }
  for (std::size_t i = 0; i < config.derived.size(); ++i) {
    names.emplace_back(config.derived[i].name, fmt::format("/derived/{}/name", i));
  }
  for (const Figure& figure : config.figures) {
    names.emplace_back(figure.name, "/figures/" + escape_pointer_token(figure.name));
  }
  for (std::size_t i = 0; i < config.ratios.size(); ++i) {
    names.emplace_back(config.ratios[i].name, fmt::format("/ratios/{}/name", i));
  }
  for (std::size_t i = 0; i < config.fits.size(); ++i) {
    for (const std::string& name : fit_columns(config.fits[i])) {
      names.emplace_back(name, fmt::format("/fits/{}/name", i));
    }
  }
  return names;
}

void require_good_names(const SweepConfig& config) {
  const std::vector<std::string> own = table_columns(SweepConfig{});
  std::set<std::string> taken(own.begin(), own.end());
  for (const auto& [name, pointer] : names_given(config)) {
    if (!is_column_name(name)) {
      throw ConfigError(
          pointer, "expected letters, digits and _, a letter first, found " + Json(name).dump());
    }
    if (!taken.insert(name).second) {
      throw ConfigError(pointer, "there is another column of the table called " + name);
    }
  }
}

/// Of two axes that set one place only the last would count.
void require_own_places(const SweepConfig& config) {
  std::set<std::string> taken;
  const auto take = [&taken](const std::vector<std::string>& pointers, const std::string& at) {
    for (const std::string& pointer : pointers) {
      if (!taken.insert(pointer).second) {
        throw ConfigError(at, pointer + " is set by another axis or derived value");
      }
    }
  };
  for (std::size_t i = 0; i < config.dimensions.size(); ++i) {
    for (const Axis& axis : config.dimensions[i].axes)
      take(axis.pointers, fmt::format("/axes/{}", i));
  }
  for (std::size_t i = 0; i < config.derived.size(); ++i) {
    take(config.derived[i].pointers, fmt::format("/derived/{}", i));
  }
}

/// An axis that sets nothing is a variable of expressions, or a mistake.
void require_used(const SweepConfig& config, const PointExpressions& expressions) {
  for (std::size_t i = 0; i < config.dimensions.size(); ++i) {
    for (const Axis& axis : config.dimensions[i].axes) {
      const bool is_label = config.dimensions[i].axes.size() > 1;  // of the axes it is zipped with
      if (is_label || !axis.pointers.empty() || axis.has_variants() ||
          expressions.uses(axis.name)) {
        continue;
      }
      throw ConfigError(fmt::format("/axes/{}/pointer", i),
                        "required key is missing: no expression uses " + axis.name + " either");
    }
  }
}

}  // namespace

void read(ConfigReader& reader, DerivedValue& value) {
  reader.required("name", value.name, "column of the table and variable of later expressions");
  reader.required("expression", value.expression, "formula over axes and earlier derived values");
  value.pointers = read_pointers(reader);
}

void read(ConfigReader& reader, Sampling& sampling) {
  reader.required_enum("kind", sampling.kind, EnumNames<SamplingKind>(kSamplingKinds),
                       "which points of the grid");
  std::optional<std::uint64_t> count;
  std::optional<std::uint64_t> seed;
  reader.optional("count", count, "random, latin_hypercube: number of points", kNumPoints);
  reader.optional("seed", seed, "random, latin_hypercube: seed of the draw");
  if (reader.is_describing()) return;
  reader.finish();
  const bool is_drawn = sampling.kind != SamplingKind::kGrid;
  reader.require(count.has_value() == is_drawn, "count",
                 is_drawn ? "required key is missing" : "expected none with grid");
  reader.require(seed.has_value() == is_drawn, "seed",
                 is_drawn ? "required key is missing" : "expected none with grid");
  sampling.count = count.value_or(0);
  sampling.seed = seed.value_or(0);
}

void read(ConfigReader& reader, Objective& objective) {
  reader.required("figure", objective.figure, "pointer into the result, or a column of the table");
  reader.required_enum("goal", objective.goal, EnumNames<Goal>(kGoals), "which points are better");
}

void read(ConfigReader& reader, Bound& bound) {
  reader.required("figure", bound.figure, "pointer into the result, or a column of the table");
  reader.optional("at_most", bound.at_most, "more is on no front");
  reader.optional("at_least", bound.at_least, "less is on no front");
  if (reader.is_describing()) return;
  reader.finish();
  reader.require(bound.at_most || bound.at_least, "at_most",
                 "expected a number here or at at_least");
  reader.require(!bound.at_most || !bound.at_least || *bound.at_least <= *bound.at_most, "at_least",
                 fmt::format("no number is at least {} and at most {}", bound.at_least.value_or(0),
                             bound.at_most.value_or(0)));
}

void read(ConfigReader& reader, SearchBudget& search) {
  reader.required("initial", search.initial, "points of the first generation", kNumEvaluations);
  reader.required("evaluations", search.evaluations, "points in all, at most", kNumEvaluations);
  reader.required("seed", search.seed, "seed of the first generation");
}

void read(ConfigReader& reader, PointLimits& limits) {
  reader.optional("seconds", limits.seconds, "time of one point on the wall clock",
                  at_least(0.001));
  reader.optional("memory_mb", limits.memory_mb, "memory of one point, in 2^20 bytes",
                  at_least(std::uint64_t{1}));
}

namespace {

void read_front(ConfigReader& reader, SweepConfig& config) {
  reader.optional_list("objectives", config.objectives, "what the Pareto front is about");
  reader.optional_list("bounds", config.bounds, "what the points of the Pareto front keep");
  std::optional<std::vector<std::string>> front_per;
  reader.optional("front_per", front_per,
                  "axes and derived values with a Pareto front for each of their values");
  config.front_per = front_per.value_or(std::vector<std::string>{});
}

/// Rules between the members.
void require_rules(const ConfigReader& reader, const SweepConfig& config, bool is_sampled) {
  reader.require(!config.search || !is_sampled, "sampling",
                 "sampling and search exclude each other");
  reader.require(!config.search || !config.objectives.empty(), "objectives",
                 "a search needs at least one objective");
  reader.require(config.bounds.empty() || !config.objectives.empty(), "objectives",
                 "bounds need at least one objective");
  const bool is_of_front = config.table && config.table->is_of_front;
  reader.require(!is_of_front || !config.objectives.empty(), "objectives",
                 "a table of the front needs at least one objective");
  require_grid_size(config);
  require_good_names(config);
  require_own_places(config);
  require_known_names(config);
  require_used(config, PointExpressions(config));
}

}  // namespace

void read(ConfigReader& reader, SweepConfig& config) {
  reader.optional("description", config.description, "what the sweep shows");
  read_run(reader, config.run);
  reader.required_list("axes", config.dimensions, "what varies; the first one slowest");
  reader.optional_list("derived", config.derived, "values computed from the axes");
  std::optional<std::vector<std::string>> constraints;
  reader.optional("constraints", constraints, "formulas that every point must make true");
  std::optional<Sampling> sampling;
  reader.optional_object("sampling", sampling, "which points of the grid; absent: all");
  read_front(reader, config);
  read_figures(reader, config.figures);
  reader.optional_list("ratios", config.ratios,
                       "figures over those of other points, or over others");
  reader.optional_list("fits", config.fits, "straight lines through figures of several points");
  reader.optional_object("table", config.table, "a table for people to read: sweep.md");
  reader.optional_list("tables", config.tables, "tables for pages: NAME.md and NAME.csv");
  read_formula(reader, config.formula);
  reader.optional_object("search", config.search, "search for the Pareto front");
  std::optional<PointLimits> limits;
  reader.optional_object("limits", limits, "what one point may take; absent: no limit");
  std::optional<bool> with_values;
  reader.optional("values", with_values, "compute values too; absent: cycles only, the same");
  if (reader.is_describing()) return;
  reader.finish();
  reader.require(config.run.is_string() || config.run.is_object(), "run",
                 config.run.is_null() ? "required key is missing"
                                      : "expected an object or a file name, found " +
                                            std::string(config.run.type_name()));
  config.constraints = constraints.value_or(std::vector<std::string>{});
  config.sampling = sampling.value_or(Sampling{});
  config.limits = limits.value_or(PointLimits{});
  config.with_values = with_values.value_or(false);
  require_rules(reader, config, sampling.has_value());
}

SweepConfig load_sweep_config(const std::filesystem::path& file) {
  const Json json = read_json_file(file);
  try {
    auto config = read_config<SweepConfig>(json);
    config.file = file.string();
    return config;
  } catch (const ConfigError& error) {
    throw InputError(file.string() + ": " + error.what());
  }
}

}  // namespace vitcod
