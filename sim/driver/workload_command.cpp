// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/folders.hpp"
#include "sim/driver/run_command.hpp"
#include "sim/driver/run_config.hpp"
#include "workloads/info.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

/// The trace of a workload specification file; its errors name the file.
Trace trace_of_specification(const std::filesystem::path& file) {
  const Json specification = read_json_file(file);
  try {
    return make_trace(resolve_workload(specification, file.parent_path()), file.parent_path());
  } catch (const ConfigError& error) {
    throw InputError(file.string() + ": " + error.what());
  }
}

void show(const Trace& trace, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", workload_info_json(trace).dump(2));
  } else {
    fmt::print("{}", workload_info(trace));
  }
}

}  // namespace

void add_workload_command(CLI::App& app) {
  struct Options {
    std::string specification;
    std::string folder;
    std::string source;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("workload", "Make and inspect workload traces");
  command->require_subcommand(1);
  CLI::App* make = command->add_subcommand("make", "Write the trace of a workload specification");
  make->add_option("spec", options->specification, "Workload specification (JSON)")->required();
  make->add_option("--out", options->folder, "Trace folder to write")->required();
  make->callback([options] {
    write_trace(trace_of_specification(options->specification), options->folder);
    fmt::print("written: {}\n", options->folder);
  });
  CLI::App* info = command->add_subcommand("info", "Statistics of a workload's maps, per head");
  info->add_option("trace", options->source, "Trace folder, or workload specification")->required();
  info->add_flag("--json", options->json, "As JSON");
  info->callback([options] {
    if (is_folder(options->source)) {
      show(read_trace(options->source), options->json);
    } else {
      show(trace_of_specification(options->source), options->json);
    }
  });
}

}  // namespace vitcod
