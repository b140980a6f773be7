// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/report/report_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/report/comparison_section.hpp"
#include "sim/driver/report/html_page.hpp"
#include "sim/driver/report/run_section.hpp"
#include "sim/driver/report/sweep_section.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

struct ReportCommandLine {
  fs::path folder;
  fs::path out;
};

std::string title_of_run(const Json& result) {
  const Json::json_pointer place("/workload/name");
  const bool has_name = result.contains(place) && result.at(place).is_string();
  return "Run of " + (has_name ? result.at(place).get<std::string>() : "a workload");
}

/// The page of what a folder holds: a run's result, a sweep's rows, or a comparison.
std::string page_of(const fs::path& folder) {
  if (fs::exists(folder / "result.json")) {
    const fs::path file = folder / "result.json";
    const Json result = read_json_file(file);
    const std::string section = run_section(result, file.string());
    return html_page(title_of_run(result), section);
  }
  if (fs::exists(folder / "sweep.jsonl")) {
    return html_page("Sweep", sweep_section(folder / "sweep.jsonl"));
  }
  if (fs::exists(folder / "compare.json")) {
    return html_page("Comparison", comparison_section(folder / "compare.json"));
  }
  throw InputError(folder.string() +
                   ": holds no result.json, sweep.jsonl or compare.json; expected the folder of a "
                   "run, a sweep or a comparison (--out of each)");
}

void write_page(const ReportCommandLine& line) {
  if (!is_folder(line.folder)) throw FileError(line.folder.string(), "expected a folder");
  const fs::path out = line.out.empty() ? line.folder / "report.html" : line.out;
  write_file_atomically(out, page_of(line.folder));
  fmt::print("written: {}\n", out.string());
}

}  // namespace

void add_report_command(CLI::App& app) {
  const auto line = std::make_shared<ReportCommandLine>();
  CLI::App* command = app.add_subcommand(
      "report", "A page (HTML) of what a run, a sweep or a comparison left in its folder");
  command->add_option("folder", line->folder, "Folder of --out of run, sweep or compare")
      ->required();
  command->add_option("--out", line->out, "The page's file (default: report.html in the folder)");
  command->callback([line] { write_page(*line); });
}

}  // namespace vitcod
