// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/compared_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/errors.hpp"
#include "sim/base/folders.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/golden/run_in_processes.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/simulation.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

double number_at(const Json& json, const char* pointer) {
  const Json::json_pointer place(pointer);
  return json.contains(place) && json.at(place).is_number() ? json.at(place).get<double>() : 0.0;
}

/// The share that was asked for where maps are made for one, else that of the MACs; 0 without maps.
double sparsity_of(const Json& result) {
  const Json::json_pointer wanted("/config/workload/maps/sparsity");
  if (result.contains(wanted)) return result.at(wanted).get<double>();
  const double dense = number_at(result, "/workload/dense_macs");
  if (dense == 0.0) return 0.0;
  const double share = number_at(result, "/workload/macs") / dense;
  return std::round((1 - share) * 1e4) / 1e4;
}

/// What a comparison needs of a result, as one line.
Json figures_of(const Json& result) {
  Json json;
  json["model"] = result["workload"]["name"];
  json["kind"] = result["config"]["machine"]["kind"];
  json["scope"] = result["config"]["workload"].value("scope", "attention");
  json["sparsity"] = sparsity_of(result);
  json["time_us"] = result["time_us"];
  json["energy_uj"] = number_at(result, "/energy_pj/total") * 1e-6;
  json["area_mm2"] = number_at(result, "/area_mm2/total");
  const double cycles = number_at(result, "/cycles/total");
  const double busy = number_at(result, "/utilization/done") * cycles;
  const double macs = number_at(result, "/macs/attention") + number_at(result, "/macs/linear");
  json["multipliers"] = busy > 0 ? macs / busy : 0.0;
  json["clock_mhz"] = cycles / number_at(result, "/time_us");
  return json;
}

ComparedRun run_of(const std::string& machine, const Json& figures) {
  ComparedRun run;
  run.machine = machine;
  run.machine_kind = figures["kind"].get<std::string>();
  run.model = figures["model"].get<std::string>();
  run.scope = figures["scope"] == "model" ? BaselineScope::kModel : BaselineScope::kAttention;
  run.sparsity = figures["sparsity"].get<double>();
  run.time_us = figures["time_us"].get<double>();
  run.energy_uj = figures["energy_uj"].get<double>();
  run.multipliers = figures["multipliers"].get<double>();
  run.clock_mhz = figures["clock_mhz"].get<double>();
  const double area = figures["area_mm2"].get<double>();
  if (area > 0) run.area_mm2 = area;
  return run;
}

/// A config, and what takes the place of its workload and of the scope; empty: nothing.
struct Item {
  fs::path config;
  fs::path workload;
  std::string scope;
};

/// What a config says itself of masks that its machine predicts: it holds for any workload.
std::optional<Json> dynamic_masks_of(const fs::path& config) {
  const Json document = read_json_file(config);
  const Json::json_pointer place("/workload/dynamic_masks");
  if (!document.is_object() || !document.contains(place)) return std::nullopt;
  return document.at(place);
}

RunConfig load(const Item& item) {
  std::vector<std::string> settings;
  if (!item.workload.empty()) {
    settings.push_back("/workload=" + Json(absolute_path(item.workload).string()).dump());
    const std::optional<Json> masks = dynamic_masks_of(item.config);
    if (masks) settings.push_back("/workload/dynamic_masks=" + masks->dump());
  }
  if (!item.scope.empty()) settings.push_back("/workload/scope=" + Json(item.scope).dump());
  return load_run_config(item.config, settings);
}

std::string simulate_item(const Item& item) {
  SimulationOptions options;
  options.with_values = false;
  return figures_of(whole_result(simulate_named(item.config.string(), load(item), options))).dump();
}

/// All runs: a config at a time, a scope at a time.
std::vector<Item> items_of(const std::vector<fs::path>& configs,
                           const std::vector<fs::path>& workloads,
                           const std::vector<std::string>& scopes) {
  const std::vector<fs::path> own_workload(1);
  const std::vector<std::string> own_scope(1);
  std::vector<Item> items;
  for (const fs::path& config : configs) {
    for (const std::string& scope : scopes.empty() ? own_scope : scopes) {
      for (const fs::path& workload : workloads.empty() ? own_workload : workloads) {
        items.push_back({config, workload, scope});
      }
    }
  }
  return items;
}

/// Configs with workloads of their own must run the first one's model.
void require_one_model(const std::vector<std::vector<ComparedRun>>& runs,
                       const std::vector<fs::path>& configs) {
  const std::string& model = runs.front().front().model;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const std::string& other = runs[i].front().model;
    if (other == model) continue;
    throw InputError(
        fmt::format("{}: runs model \"{}\", and {} runs \"{}\"; give --workload to run one on both",
                    configs[i].string(), other, configs.front().string(), model));
  }
}

}  // namespace

std::vector<std::vector<ComparedRun>> simulate_configs(const std::vector<fs::path>& configs,
                                                       const std::vector<fs::path>& workloads,
                                                       const std::vector<std::string>& scopes,
                                                       std::size_t jobs) {
  std::vector<std::string> names;
  for (const fs::path& config : configs) {
    names.push_back(config.stem().string());
    if (std::count(names.begin(), names.end(), names.back()) > 1) {
      throw InputError(fmt::format("{}: a second config named \"{}\"; rows are named for the file",
                                   config.string(), names.back()));
    }
  }
  const std::vector<Item> items = items_of(configs, workloads, scopes);
  const std::vector<std::string> answers = run_in_processes(
      items.size(), jobs, [&items](std::size_t i) { return simulate_item(items[i]); });
  std::vector<std::vector<ComparedRun>> runs(configs.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::size_t config = i / (items.size() / configs.size());
    runs[config].push_back(run_of(names[config], parse_json(answers[i], "a simulation's answer")));
  }
  require_one_model(runs, configs);
  return runs;
}

}  // namespace vitcod
