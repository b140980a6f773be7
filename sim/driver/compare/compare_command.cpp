// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/compare_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/driver/compare/compared_runs.hpp"
#include "sim/driver/compare/comparison_chart.hpp"
#include "sim/driver/compare/comparison_files.hpp"
#include "sim/driver/compare/comparison_markdown.hpp"
#include "sim/driver/compare/comparison_table.hpp"
#include "sim/driver/compare/comparison_trends.hpp"
#include "workloads/config_dir.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

struct CompareCommandLine {
  std::vector<fs::path> configs;
  std::vector<fs::path> workloads;
  std::vector<fs::path> baselines;
  std::vector<std::string> scopes;
  fs::path out;
  std::size_t jobs = std::max(1U, std::thread::hardware_concurrency());
};

/// The files that were named, or else those that come with the program.
std::vector<fs::path> baseline_files(const CompareCommandLine& line) {
  if (!line.baselines.empty()) return line.baselines;
  const fs::path folder = find_config_dir().parent_path() / "results" / "baselines";
  std::vector<fs::path> files;
  if (!is_folder(folder)) return files;
  for (const fs::path& file : list_folder(folder)) {
    if (file.extension() == ".json") files.push_back(file);
  }
  return files;
}

/// What is named twice would count twice in the means.
void require_once(const char* option, const std::vector<fs::path>& files) {
  std::set<fs::path> known;
  for (const fs::path& file : files) {
    if (known.insert(absolute_path(file).lexically_normal()).second) continue;
    throw InputError(fmt::format("{} {}: named twice", option, file.string()));
  }
}

void compare(const CompareCommandLine& line) {
  require_once("--workload", line.workloads);
  require_once("--baselines", line.baselines);
  if (!line.out.empty()) make_writable_folder(line.out);
  std::vector<BaselineFile> files;
  for (const fs::path& path : baseline_files(line)) files.push_back(read_baseline_file(path));
  Comparison comparison =
      compare_runs(simulate_configs(line.configs, line.workloads, line.scopes, line.jobs), files);
  if (files.empty()) {
    comparison.notes.emplace_back("there are no baseline files; --baselines FILE names some");
  }
  fmt::print("{}", comparison_table(comparison));
  if (line.out.empty()) return;
  write_file_atomically(line.out / "compare.json", comparison_json(comparison).dump(2) + "\n");
  write_file_atomically(line.out / "compare.csv", comparison_csv(comparison));
  write_file_atomically(line.out / "compare.md", comparison_markdown(comparison));
  write_file_atomically(line.out / "means.md", means_markdown(comparison));
  write_file_atomically(line.out / "fits.md", fits_markdown(comparison));
  write_file_atomically(line.out / "compare.svg", comparison_chart(comparison));
  fmt::print("\nwritten: {}\n", (line.out / "compare.json").string());
}

}  // namespace

void add_compare_command(CLI::App& app) {
  const auto line = std::make_shared<CompareCommandLine>();
  CLI::App* command = app.add_subcommand(
      "compare", "Set a machine against others, simulated, measured and published");
  command
      ->add_option("config", line->configs,
                   "Run configs (JSON): the machine that is compared, then simulated baselines")
      ->required();
  command
      ->add_option("--workload", line->workloads,
                   "Workload (JSON) that every config runs in place of its own; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--scope", line->scopes,
                   "attention or model, in place of the workloads' own; may be repeated")
      ->take_all()
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"attention", "model"}));
  command
      ->add_option("--baselines", line->baselines,
                   "Baseline file (default: those of results/baselines); may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--out", line->out, "Folder for compare.json, .csv, .md and .svg");
  command->add_option("--jobs", line->jobs, "Runs at a time (default: as many as cores)")
      ->check(CLI::Range(1U, 4096U));
  command->callback([line] { compare(*line); });
}

}  // namespace vitcod
