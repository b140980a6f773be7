// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/run_config.hpp"

#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/driver/logging.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

/// The text of a ConfigError with the file that it was found in.
[[noreturn]] void rethrow_in(const std::string& file, const char* key, const ConfigError& error) {
  throw InputError(file + ": " + error.under(key).what());
}

}  // namespace

void read_machine(const RunDocument& document, RunConfig& run) {
  try {
    run.settings = read_config<MachineConfig>(document.machine);
  } catch (const ConfigError& error) {
    rethrow_in(document.machine_file, "machine", error);
  }
  run.machine_text = document.machine_text;
  run.machine_name = fs::path(document.machine_file).stem().string();
}

Trace read_workload(const RunDocument& document) {
  if (document.workload.is_null()) {
    Trace trace = read_trace(document.workload_dir);
    if (document.value_seed) set_value_seed(trace, *document.value_seed);
    return trace;
  }
  try {
    std::vector<std::string> warnings;
    Trace trace = make_trace(document.workload, document.workload_dir, &warnings);
    for (const std::string& warning : warnings) log_warning(warning);
    return trace;
  } catch (const ConfigError& error) {
    rethrow_in(document.workload_file, "workload", error);
  }
}

RunConfig read_run(const RunDocument& document) {
  RunConfig run;
  read_machine(document, run);
  run.trace = read_workload(document);
  return run;
}

RunConfig load_run_config(const fs::path& file, const std::vector<std::string>& overrides) {
  std::vector<Setting> settings;
  settings.reserve(overrides.size());
  for (const std::string& text : overrides) settings.push_back(parse_setting(text));
  for (const Setting& setting : settings) require_known_place(setting);
  return load_run_with(file, settings);
}

RunConfig load_run_with(const fs::path& file, const std::vector<Setting>& settings) {
  return read_run(resolve_run(read_json_file(file), file.parent_path(), file.string(), settings));
}

}  // namespace vitcod
