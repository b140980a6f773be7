// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/explain/explain_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "sim/driver/command_line_settings.hpp"
#include "sim/driver/explain/explanation.hpp"

namespace vitcod {
namespace {

struct CommandLine {
  std::string config;
  std::vector<std::string> overrides;
  std::vector<std::uint32_t> layers;
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  bool json = false;
};

Json as_json(const Explanation& explanation) {
  Json json;
  json["cycles"] = explanation.cycles;
  if (explanation.area_mm2) json["area_mm2"] = *explanation.area_mm2;
  json["rows"] = Json::array();
  json["refused"] = Json::array();
  for (const ResourceGain& gain : explanation.gains) {
    Json& row = json[gain.refusal.empty() ? "rows" : "refused"].emplace_back();
    row["resource"] = gain.resource;
    row["pointer"] = gain.pointer;
    row["value"] = gain.value;
    if (!gain.refusal.empty()) {
      row["error"] = gain.refusal;
      continue;
    }
    row["cycles"] = gain.cycles;
    row["gain"] = gain.gain;
    if (gain.area_mm2) row["area_mm2"] = *gain.area_mm2;
    row["present"] = gain.present;
    row["next"] = gain.next;
  }
  json["sentence"] = explanation.sentence;
  return json;
}

/// Without a minus in front of nothing.
std::string percent(double share) {
  const double tenths = std::round(1000 * share);
  return fmt::format("{:.1f} %", tenths == 0 ? 0.0 : tenths / 10);
}

void print_row(const std::array<std::string, 8>& cells) {
  fmt::print("{:<32} {:>10} {:>7} {:>9}   {:<50} {:>8} {:>9} {:>7}\n", cells[0], cells[1], cells[2],
             cells[3], cells[4], cells[5], cells[6], cells[7]);
}

void print_table(const Explanation& explanation) {
  const auto& area = explanation.area_mm2;
  fmt::print("{} cycles{}; with one resource ample at a time:\n\n", explanation.cycles,
             area ? fmt::format(", {:.2f} mm2", *area) : "");
  print_row({"resource", "cycles", "gain", "mm2", "pointer", "now", "ample", "next"});
  for (const ResourceGain& gain : explanation.gains) {
    const bool has_run = gain.refusal.empty();
    print_row({gain.resource, has_run ? std::to_string(gain.cycles) : "refused",
               has_run ? percent(gain.gain) : "",
               area && gain.area_mm2 ? fmt::format("{:+.2f}", *gain.area_mm2 - *area) : "",
               gain.pointer, gain.present.dump(), gain.value.dump(), gain.next.dump()});
  }
  fmt::print("\n{}\n", explanation.sentence);
}

}  // namespace

void add_explain_command(CLI::App& app) {
  auto line = std::make_shared<CommandLine>();
  CLI::App* command = app.add_subcommand(
      "explain", "Say what bounds a run: run it again with each resource ample in turn");
  command->add_option("config", line->config, "Run config (JSON)")->required();
  add_set_option(*command, line->overrides);
  command->add_option("--layers", line->layers, "These layers alone, as 0,5,11: for long workloads")
      ->delimiter(',');
  command
      ->add_option("--jobs", line->jobs,
                   "Runs at a time (default: as many as cores, if there is memory for them)")
      ->check(CLI::Range(1U, 4096U));
  command->add_flag("--json", line->json, "Print JSON");
  command->callback([line] {
    if (!line->layers.empty()) {
      line->overrides.push_back("/workload/layers=" + Json(line->layers).dump());
    }
    const Explanation explanation = explain_run(line->config, line->overrides, line->jobs);
    if (line->json) {
      fmt::print("{}\n", as_json(explanation).dump(2));
    } else {
      print_table(explanation);
    }
  });
}

}  // namespace vitcod
