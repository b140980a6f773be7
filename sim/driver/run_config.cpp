// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/run_config.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/driver/logging.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

bool is_before_files(const Setting& setting) {
  return setting.pointer == "/machine" || setting.pointer == "/workload" ||
         setting.pointer.ends_with("/preset");
}

/// Replaces each object that has a key `preset` by the file it names, other keys merged over it.
void resolve_presets(Json& document, const fs::path& base_dir, const std::string& pointer) {
  if (!document.is_object()) return;
  if (const auto preset = document.find("preset"); preset != document.end()) {
    if (!preset->is_string()) throw ConfigError(pointer + "/preset", "expected a file name");
    const fs::path file = base_dir / preset->get<std::string>();
    Json merged = read_json_file(file);
    resolve_presets(merged, file.parent_path(), pointer);
    Json rest = document;
    rest.erase("preset");
    merged.merge_patch(rest);
    document = std::move(merged);
    return;
  }
  for (auto& [key, value] : document.items()) {
    resolve_presets(value, base_dir, fmt::format("{}/{}", pointer, key));
  }
}

/// A part of the run config: the object itself, or the file that a string names.
struct Part {
  Json document;
  fs::path base_dir;
  std::string file;  ///< for messages
};

Part load_part(const Json& config, const char* key, const fs::path& base_dir,
               const std::string& name) {
  const auto found = config.find(key);
  if (found == config.end()) {
    throw ConfigError("/" + std::string(key), "required key is missing");
  }
  if (found->is_object()) return Part{*found, base_dir, name};
  if (!found->is_string()) {
    throw ConfigError(
        "/" + std::string(key),
        std::string("expected an object or a file name, found ") + found->type_name());
  }
  const fs::path file = base_dir / found->get<std::string>();
  if (std::string_view(key) == "workload" && fs::is_directory(file)) {
    return Part{Json(), file, file.string()};
  }
  return Part{read_json_file(file), file.parent_path(), file.string()};
}

/// The text of a ConfigError with the file that it was found in.
[[noreturn]] void rethrow_in(const std::string& file, const char* key, const ConfigError& error) {
  throw InputError(file + ": " + error.under(key).what());
}

void require_known_keys(const Json& config, const std::string& name) {
  if (!config.is_object()) throw InputError(name + ": expected an object");
  for (const auto& [key, value] : config.items()) {
    if (key != "machine" && key != "workload" && key != "$schema") {
      throw InputError(fmt::format(
          "{}: /{}: unknown key; expected one of [\"machine\", \"workload\"]", name, key));
    }
  }
}

/// Settings below `/key`, applied to the part as if it stood in the config.
void apply_below(const char* key, const std::vector<Setting>& settings, bool before_files,
                 Json& part) {
  const std::string prefix = "/" + std::string(key) + "/";
  Json document;
  document[key] = std::move(part);
  for (const Setting& setting : settings) {
    if (setting.pointer.starts_with(prefix) && is_before_files(setting) == before_files) {
      apply(setting, document);
    }
  }
  part = std::move(document[key]);
}

/// The settings below /workload of a trace folder, which has a seed of its values to set and
/// nothing else.
std::optional<std::uint64_t> value_seed_of(const std::vector<Setting>& settings) {
  std::optional<std::uint64_t> seed;
  for (const Setting& setting : settings) {
    if (!setting.pointer.starts_with("/workload/")) continue;
    if (setting.pointer != "/workload/value_seed") {
      throw InputError(
          fmt::format("{}: the workload is a trace folder, of which /workload/value_seed "
                      "alone can be set",
                      setting.origin));
    }
    if (!setting.value.is_number_unsigned()) {
      throw InputError(setting.origin + ": expected an integer of at least 0");
    }
    seed = setting.value.get<std::uint64_t>();
  }
  return seed;
}

}  // namespace

RunDocument resolve_run(const Json& config, const fs::path& base_dir, const std::string& name,
                        const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) require_known_place(setting);
  require_known_keys(config, name);
  Json top = config;
  for (const Setting& setting : settings) {
    if (setting.pointer == "/machine" || setting.pointer == "/workload") apply(setting, top);
  }
  Part machine;
  Part workload;
  try {
    machine = load_part(top, "machine", base_dir, name);
    workload = load_part(top, "workload", base_dir, name);
  } catch (const ConfigError& error) {
    throw InputError(name + ": " + error.what());
  }
  try {
    apply_below("machine", settings, true, machine.document);
    resolve_presets(machine.document, machine.base_dir, "");
    apply_below("machine", settings, false, machine.document);
  } catch (const ConfigError& error) {
    rethrow_in(machine.file, "machine", error);
  }
  std::optional<std::uint64_t> value_seed;
  if (workload.document.is_null()) {
    value_seed = value_seed_of(settings);
  } else {
    apply_below("workload", settings, true, workload.document);
    apply_below("workload", settings, false, workload.document);
  }
  return RunDocument{name,
                     std::move(machine.document),
                     std::move(machine.file),
                     std::move(workload.document),
                     std::move(workload.base_dir),
                     value_seed,
                     std::move(workload.file)};
}

void read_machine(const RunDocument& document, RunConfig& run) {
  try {
    run.settings = read_config<MachineConfig>(document.machine);
  } catch (const ConfigError& error) {
    rethrow_in(document.machine_file, "machine", error);
  }
  run.machine = document.machine;
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
  return read_run(resolve_run(read_json_file(file), file.parent_path(), file.string(), settings));
}

}  // namespace vitcod
