// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/golden_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "sim/driver/golden/golden_folder.hpp"

namespace vitcod {
namespace {

constexpr int kDiffers = 1;

struct GoldenCommandLine {
  std::string folder = "test/golden";
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::size_t limit = 10;
  bool json = false;
};

void print_move(const GoldenMove& move, const char* without_expectation, std::size_t limit) {
  if (!move.has_expectation) fmt::print("{}: {}\n", move.name, without_expectation);
  const std::size_t num = move.differences.size();
  const std::size_t num_shown = limit == 0 ? num : std::min(limit, num);
  for (std::size_t i = 0; i < num_shown; ++i) {
    fmt::print("{}: {}\n", move.name, describe(move.differences[i]));
  }
  if (num_shown < num) fmt::print("{}: {} more differences\n", move.name, num - num_shown);
}

/// Differences alone, for programs.
Json as_json(const GoldenReport& report) {
  Json json;
  json["cases"] = report.num_cases;
  json["differences"] = Json::array();
  json["without_expectation"] = Json::array();
  json["without_case"] = report.stale;
  for (const GoldenMove& move : report.moves) {
    if (!move.has_expectation) json["without_expectation"].push_back(move.name);
    for (const auto& [pointer, expected, found] : move.differences) {
      Json& entry = json["differences"].emplace_back();
      entry["case"] = move.name;
      entry["pointer"] = pointer;
      if (expected) entry["old"] = *expected;
      if (found) entry["new"] = *found;
    }
  }
  return json;
}

bool check(const GoldenCommandLine& line) {
  const GoldenReport report = check_golden(line.folder, line.jobs);
  if (line.json) {
    fmt::print("{}\n", as_json(report).dump(2));
    return report.is_clean();
  }
  for (const GoldenMove& move : report.moves) {
    print_move(move, "no expectation: run update", line.limit);
  }
  for (const std::string& name : report.stale) {
    fmt::print("{}: an expectation without a case: run update\n", name);
  }
  if (report.is_clean()) {
    fmt::print("golden: {} cases, all as expected\n", report.num_cases);
  } else {
    fmt::print("golden: {} of {} cases differ; if that is meant: vitcod-sim golden update {}\n",
               report.moves.size(), report.num_cases, line.folder);
  }
  return report.is_clean();
}

void update(const GoldenCommandLine& line) {
  const GoldenReport report = update_golden(line.folder, line.jobs);
  if (line.json) {
    fmt::print("{}\n", as_json(report).dump(2));
    return;
  }
  for (const GoldenMove& move : report.moves) print_move(move, "new", line.limit);
  for (const std::string& name : report.stale) fmt::print("{}: removed, no such case\n", name);
  fmt::print("golden: {} of {} cases written to {}\n", report.moves.size(), report.num_cases,
             line.folder);
}

CLI::App* add_action(CLI::App& command, const char* name, const char* meaning,
                     const std::shared_ptr<GoldenCommandLine>& line) {
  CLI::App* action = command.add_subcommand(name, meaning);
  action->add_option("dir", line->folder, "Golden folder: cases.json, expected/")
      ->capture_default_str();
  action->add_option("--jobs", line->jobs, "Runs at a time (default: as many as cores)")
      ->check(CLI::Range(1U, 4096U));
  action->add_option("--limit", line->limit, "Differences shown of a case, 0: all")
      ->capture_default_str();
  action->add_flag("--json", line->json, "Print the differences as JSON");
  return action;
}

}  // namespace

void add_golden_command(CLI::App& app, int& status) {
  const auto line = std::make_shared<GoldenCommandLine>();
  CLI::App* command = app.add_subcommand("golden", "Compare runs with the results kept of them");
  command->require_subcommand(1);
  command->footer(
      "cases.json:\n"
      "  {\"cases\": [{\"name\": \"lines-32\", \"run\": \"../configs/vitcod.json\",\n"
      "              \"set\": {\"/machine/mac_lines/lines\": 32}}]}\n"
      "Example: vitcod-sim golden update my-golden && vitcod-sim golden check my-golden");
  add_action(*command, "check", "Exit status 1 if a result differs, one line a difference", line)
      ->callback([line, &status] { status = check(*line) ? 0 : kDiffers; });
  add_action(*command, "update", "Keep the results as they are now, and say what moved", line)
      ->callback([line] { update(*line); });
}

}  // namespace vitcod
