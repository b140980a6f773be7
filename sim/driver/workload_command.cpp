// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/folders.hpp"
#include "sim/driver/command_line_settings.hpp"
#include "sim/driver/logging.hpp"
#include "sim/driver/run_command.hpp"
#include "sim/driver/run_config.hpp"
#include "workloads/info.hpp"
#include "workloads/pictures.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

/// The trace of a workload specification file with settings; its errors name the file.
Trace trace_of_specification(const fs::path& file, const std::vector<std::string>& overrides) {
  const std::vector<Setting> settings = parse_command_line_settings(overrides);
  for (const Setting& setting : settings) {
    if (!setting.pointer.starts_with("/workload/")) {
      throw InputError(setting.origin + ": expected a pointer below /workload");
    }
  }
  const Json specification = resolve_workload(file, settings);
  try {
    std::vector<std::string> warnings;
    Trace trace = make_trace(specification, file.parent_path(), &warnings);
    for (const std::string& warning : warnings) log_warning(warning);
    return trace;
  } catch (const ConfigError& error) {
    throw InputError(file.string() + ": " + error.under("workload").what());
  }
}

/// The trace in a folder, or of a specification file.
Trace trace_of(const std::string& source, const std::vector<std::string>& overrides) {
  if (!is_folder(source)) return trace_of_specification(source, overrides);
  if (!overrides.empty()) {
    throw InputError(fmt::format("--set {}: {} is a trace folder, whose maps are made already",
                                 overrides.front(), source));
  }
  return read_trace(source);
}

struct Options {
  std::string source;
  std::string folder;
  std::vector<std::string> overrides;
  std::string pictures;
  bool json = false;
};

/// Writes a picture a map, and one of the tokens. All are drawn before the first is written.
void write_pictures(const Trace& trace, const fs::path& folder) {
  const std::vector<Picture> pictures = workload_pictures(trace);
  make_writable_folder(folder);
  for (const Picture& picture : pictures) {
    write_file_atomically(folder / picture.file_name, picture.svg);
  }
}

}  // namespace

void add_workload_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("workload", "Make and inspect workload traces");
  command->require_subcommand(1);
  CLI::App* make = command->add_subcommand("make", "Write the trace of a workload specification");
  make->add_option("spec", options->source, "Workload specification (JSON)")->required();
  make->add_option("--out", options->folder, "Trace folder to write")->required();
  add_set_option(*make, options->overrides);
  make->callback([options] {
    write_trace(trace_of_specification(options->source, options->overrides), options->folder);
    fmt::print("written: {}\n", options->folder);
  });
  CLI::App* info = command->add_subcommand("info", "Statistics of a workload's maps, per head");
  info->add_option("trace", options->source, "Trace folder, or workload specification")->required();
  info->add_flag("--json", options->json, "As JSON");
  info->add_option("--svg", options->pictures,
                   "Folder for pictures: each map before and after polarization, the tokens");
  add_set_option(*info, options->overrides);
  info->callback([options] {
    const Trace trace = trace_of(options->source, options->overrides);
    if (!options->pictures.empty()) write_pictures(trace, options->pictures);
    fmt::print("{}",
               options->json ? workload_info_json(trace).dump(2) + "\n" : workload_info(trace));
  });
}

}  // namespace vitcod
