// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/run_config.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "workloads/workload.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

struct Override {
  std::string text;  ///< as given, for messages
  std::string pointer;
  Json value;
};

Override parse_override(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (text.empty() || text.front() != '/' || equals == std::string::npos) {
    throw InputError("--set " + text + ": expected /json/pointer=value");
  }
  const std::string value = text.substr(equals + 1);
  Json parsed = Json::parse(value, nullptr, false);
  if (parsed.is_discarded()) parsed = value;
  return Override{text, text.substr(0, equals), std::move(parsed)};
}

bool is_before_files(const Override& override_) {
  return override_.pointer == "/machine" || override_.pointer == "/workload" ||
         override_.pointer.ends_with("/preset");
}

void apply(const Override& override_, Json& document) {
  try {
    const Json::json_pointer pointer(override_.pointer);
    const Json::json_pointer parent = pointer.parent_pointer();
    if (!document.contains(parent) || document.at(parent).is_primitive()) {
      throw InputError("--set " + override_.text + ": there is no " + parent.to_string() +
                       " to set a value in");
    }
    document[pointer] = override_.value;
  } catch (const Json::exception&) {
    throw InputError("--set " + override_.text + ": not a place in the configuration");
  }
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
  for (auto& [key, value] : document.items()) resolve_presets(value, base_dir, pointer + "/" + key);
}

/// A part of the run config: the object itself, or the file that a string names.
struct Part {
  Json document;
  fs::path base_dir;
  std::string file;  ///< for messages
};

Part load_part(const Json& config, const char* key, const fs::path& config_file) {
  const auto found = config.find(key);
  if (found == config.end()) {
    throw ConfigError("/" + std::string(key), "required key is missing");
  }
  if (found->is_object()) {
    return Part{*found, config_file.parent_path(), config_file.string()};
  }
  if (!found->is_string()) {
    throw ConfigError(
        "/" + std::string(key),
        std::string("expected an object or a file name, found ") + found->type_name());
  }
  const fs::path file = config_file.parent_path() / found->get<std::string>();
  if (std::string_view(key) == "workload" && fs::is_directory(file)) {
    return Part{Json(), file, file.string()};
  }
  return Part{read_json_file(file), file.parent_path(), file.string()};
}

/// The text of a ConfigError with the file that it was found in.
[[noreturn]] void rethrow_in(const std::string& file, const char* key, const ConfigError& error) {
  throw InputError(file + ": " + error.under(key).what());
}

Json read_top_level(const fs::path& file, const std::vector<Override>& overrides) {
  Json config = read_json_file(file);
  if (!config.is_object()) throw InputError(file.string() + ": expected an object");
  for (const auto& [key, value] : config.items()) {
    if (key != "machine" && key != "workload" && key != "$schema") {
      throw InputError(file.string() + ": /" + key +
                       ": unknown key; expected one of [\"machine\", \"workload\"]");
    }
  }
  for (const Override& override_ : overrides) {
    if (override_.pointer == "/machine" || override_.pointer == "/workload") {
      apply(override_, config);
    }
  }
  return config;
}

/// Overrides below `/key`, applied to the part as if it stood in the config.
void apply_below(const char* key, const std::vector<Override>& overrides, bool before_files,
                 Json& part) {
  const std::string prefix = "/" + std::string(key) + "/";
  Json document;
  document[key] = std::move(part);
  for (const Override& override_ : overrides) {
    if (override_.pointer.starts_with(prefix) && is_before_files(override_) == before_files) {
      apply(override_, document);
    }
  }
  part = std::move(document[key]);
}

void require_known_places(const std::vector<Override>& overrides) {
  for (const Override& override_ : overrides) {
    const std::string& pointer = override_.pointer;
    if (pointer != "/machine" && pointer != "/workload" && !pointer.starts_with("/machine/") &&
        !pointer.starts_with("/workload/")) {
      throw InputError("--set " + override_.text +
                       ": expected a pointer below /machine or /workload");
    }
  }
}

}  // namespace

RunConfig load_run_config(const fs::path& file, const std::vector<std::string>& overrides) {
  std::vector<Override> parsed;
  for (const std::string& text : overrides) parsed.push_back(parse_override(text));
  require_known_places(parsed);
  const Json config = read_top_level(file, parsed);

  RunConfig run;
  Part machine;
  Part workload;
  try {
    machine = load_part(config, "machine", file);
    workload = load_part(config, "workload", file);
  } catch (const ConfigError& error) {
    throw InputError(file.string() + ": " + error.what());
  }
  try {
    apply_below("machine", parsed, true, machine.document);
    resolve_presets(machine.document, machine.base_dir, "");
    apply_below("machine", parsed, false, machine.document);
    run.settings = read_config<VitcodConfig>(machine.document);
  } catch (const ConfigError& error) {
    rethrow_in(machine.file, "machine", error);
  }
  run.machine = std::move(machine.document);
  if (workload.document.is_null()) {
    run.trace = read_trace(workload.base_dir);
    return run;
  }
  try {
    apply_below("workload", parsed, true, workload.document);
    apply_below("workload", parsed, false, workload.document);
    run.trace = make_trace(workload.document, workload.base_dir);
  } catch (const ConfigError& error) {
    rethrow_in(workload.file, "workload", error);
  }
  return run;
}

}  // namespace vitcod
