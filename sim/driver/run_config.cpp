// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/run_config.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "sim/base/errors.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

/// The text of a ConfigError with the file that it was found in.
[[noreturn]] void rethrow_in(const std::string& file, const char* key, const ConfigError& error) {
  throw InputError(file + ": " + error.under(key).what());
}

/// What a trace that does not say what it was made from is known by: the content of its files.
Json content_of_trace(const fs::path& folder) {
  std::map<std::string, std::string> hashes;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!entry.is_regular_file(ignored)) continue;
    hashes[entry.path().filename().string()] = sha256_hex(read_file(entry.path()));
  }
  std::string listed;
  for (const auto& [name, hash] : hashes) listed += hash + ' ' + name + '\n';
  return {{"trace_sha256", sha256_hex(listed)}};
}

Trace read_trace_folder(const RunDocument& document) {
  Trace trace = read_trace(document.workload_dir);
  Json provenance = trace.provenance.empty() ? Json() : Json::parse(trace.provenance);
  if (!provenance.is_object()) provenance = content_of_trace(document.workload_dir);
  if (document.value_seed) {
    trace.value_seed = *document.value_seed;
    if (!provenance["values"].is_object()) provenance["values"] = Json::object();
    provenance["values"]["seed"] = trace.value_seed;
  }
  trace.provenance = provenance.dump();
  return trace;
}

}  // namespace

void read_machine(const RunDocument& document, RunConfig& run) {
  try {
    run.settings = read_config<MachineConfig>(document.machine);
  } catch (const ConfigError& error) {
    rethrow_in(document.machine_file, "machine", error);
  }
  run.machine = document.machine;
  run.machine_name = fs::path(document.machine_file).stem().string();
}

Trace read_workload(const RunDocument& document) {
  if (document.workload.is_null()) return read_trace_folder(document);
  try {
    return make_trace(document.workload, document.workload_dir);
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
  return read_run(resolve_run(read_json_file(file), file.parent_path(), file.string(), settings));
}

}  // namespace vitcod
