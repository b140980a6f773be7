// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/golden_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "sim/base/wording.hpp"
#include "sim/driver/golden/golden_folder.hpp"
#include "sim/driver/golden/result_diff.hpp"

namespace vitcod {
namespace {

constexpr int kDiffers = 1;

struct GoldenCommandLine {
  std::string folder = "test/golden";
  std::string before;  ///< diff: two results
  std::string after;
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::size_t limit = 10;
  bool json = false;
};

/// `limit` 0: all.
void print_differences(const std::vector<Difference>& differences, const std::string& prefix,
                       std::size_t limit) {
  const std::size_t num = differences.size();
  const std::size_t num_shown = limit == 0 ? num : std::min(limit, num);
  for (std::size_t i = 0; i < num_shown; ++i) {
    fmt::print("{}{}\n", prefix, describe(differences[i]));
  }
  if (num_shown < num) {
    fmt::print("{}{}\n", prefix, count_of(num - num_shown, "more difference"));
  }
}

void print_move(const GoldenMove& move, const char* without_expectation, std::size_t limit) {
  if (!move.has_expectation) fmt::print("{}: {}\n", move.name, without_expectation);
  print_differences(move.differences, move.name + ": ", limit);
}

Json as_json(const Difference& difference) {
  Json json;
  json["pointer"] = difference.pointer;
  if (difference.expected) json["old"] = *difference.expected;
  if (difference.found) json["new"] = *difference.found;
  return json;
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
    for (const Difference& difference : move.differences) {
      Json& entry = json["differences"].emplace_back();
      entry["case"] = move.name;
      entry.update(as_json(difference));
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
    fmt::print("golden: {}, all as expected\n", count_of(report.num_cases, "case"));
  } else {
    fmt::print("golden: {} of {} {}; if that is meant: vitcod-sim golden update {}\n",
               report.moves.size(), count_of(report.num_cases, "case"),
               report.moves.size() == 1 ? "differs" : "differ", line.folder);
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
  fmt::print("golden: {} of {} written to {}\n", report.moves.size(),
             count_of(report.num_cases, "case"), line.folder);
}

/// True if the two results are the same.
bool diff(const GoldenCommandLine& line) {
  const ResultDiff result = diff_results(line.before, line.after);
  if (line.json) {
    Json json = {{"config", Json::array()}, {"results", Json::array()}};
    for (const Difference& each : result.config) json["config"].push_back(as_json(each));
    for (const Difference& each : result.results) json["results"].push_back(as_json(each));
    fmt::print("{}\n", json.dump(2));
    return result.is_same();
  }
  print_differences(result.config, "", line.limit);
  print_differences(result.results, "", line.limit);
  if (result.is_same()) {
    fmt::print("golden: the same\n");
  } else {
    fmt::print("golden: {} of the configuration, {} of the results\n",
               count_of(result.config.size(), "difference"),
               count_of(result.results.size(), "difference"));
  }
  return result.is_same();
}

void add_output_options(CLI::App& action, const std::shared_ptr<GoldenCommandLine>& line) {
  action.add_option("--limit", line->limit, "Differences shown of a case or a part, 0: all")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 32U));
  action.add_flag("--json", line->json, "Print the differences as JSON");
}

CLI::App* add_action(CLI::App& command, const char* name, const char* meaning,
                     const std::shared_ptr<GoldenCommandLine>& line) {
  CLI::App* action = command.add_subcommand(name, meaning);
  action->add_option("dir", line->folder, "Golden folder: cases.json, expected/")
      ->capture_default_str();
  action->add_option("--jobs", line->jobs, "Runs at a time (default: as many as cores)")
      ->check(CLI::Range(1U, 4096U));
  add_output_options(*action, line);
  return action;
}

void add_diff(CLI::App& command, const std::shared_ptr<GoldenCommandLine>& line, int& status) {
  CLI::App* action = command.add_subcommand(
      "diff", "Compare two results: what was run, and what came out; exit status 1 if they differ");
  action->add_option("before", line->before, "A result.json, or a folder that has one")->required();
  action->add_option("after", line->after, "Another one")->required();
  add_output_options(*action, line);
  action->callback([line, &status] { status = diff(*line) ? 0 : kDiffers; });
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
  add_diff(*command, line, status);
}

}  // namespace vitcod
