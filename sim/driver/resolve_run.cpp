// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "sim/base/errors.hpp"
#include "sim/base/presets.hpp"
#include "sim/driver/run_config.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

const std::vector<PresetResolver::FileNames> kWorkloadFiles = {{"/maps/files"},
                                                               {"/model", is_model_file}};
constexpr const char* kPresetEnding = "/preset";
constexpr const char* kValueSeed = "/workload/value_seed";

/// A run config, or the preset of one.
struct RunLayer {
  Json json;
  fs::path base_dir;
  std::string name;  ///< for messages
};

/// A part of the run before its presets are read.
struct Part {
  Json document;  ///< null: `base_dir` is a trace folder
  fs::path base_dir;
  std::string file;                               ///< for messages
  std::vector<std::pair<Json, fs::path>> merged;  ///< over it, with their folders; outermost first
};

bool is_part(const Setting& setting) {
  return setting.pointer == "/machine" || setting.pointer == "/workload";
}

bool is_below(const Setting& setting, const std::string& key) {
  return setting.pointer.starts_with("/" + key + "/");
}

bool is_preset(const Setting& setting) { return setting.pointer.ends_with(kPresetEnding); }

void require_known_keys(const RunLayer& layer) {
  if (!layer.json.is_object()) throw InputError(layer.name + ": expected an object");
  for (const auto& [key, value] : layer.json.items()) {
    if (key == "machine" || key == "workload" || key == "preset" || key == "$schema") continue;
    throw InputError(
        fmt::format("{}: /{}: unknown key; expected one of [\"machine\", \"workload\", \"preset\"]",
                    layer.name, escape_pointer_token(key)));
  }
}

/// The config and the presets it stands on, outermost first.
std::vector<RunLayer> read_layers(RunLayer config) {
  FileChain chain;
  std::vector<RunLayer> layers;
  layers.push_back(std::move(config));
  while (true) {
    require_known_keys(layers.back());
    const Json& json = layers.back().json;
    const auto preset = json.find("preset");
    if (preset == json.end()) return layers;
    if (!preset->is_string()) {
      throw InputError(fmt::format("{}: /preset: expected a file name, found {}",
                                   layers.back().name, preset->type_name()));
    }
    const fs::path file = layers.back().base_dir / preset->get<std::string>();
    chain.enter(file);
    layers.push_back({read_json_file(file), file.parent_path(), file.string()});
  }
}

Part load_file(const fs::path& file, bool may_be_trace, JsonFiles* files) {
  std::error_code ignored;
  if (may_be_trace && fs::is_directory(file, ignored)) return {Json(), file, file.string(), {}};
  Json json = files != nullptr ? files->read(file) : read_json_file(file);
  return {std::move(json), file.parent_path(), file.string(), {}};
}

/// The innermost layer that says what the part is, and what those further out change in it.
Part load_part(const std::vector<RunLayer>& layers, const std::string& key, JsonFiles* files) {
  std::vector<std::pair<Json, fs::path>> merged;
  const RunLayer* last = nullptr;
  for (const RunLayer& layer : layers) {
    const auto found = layer.json.find(key);
    if (found == layer.json.end()) continue;
    if (found->is_string()) {
      Part part = load_file(layer.base_dir / found->get<std::string>(), key == "workload", files);
      if (part.document.is_null() && !merged.empty()) {
        throw InputError(fmt::format("{}: /{}: a trace folder, {}, takes no further keys",
                                     layers.front().name, key, part.file));
      }
      part.merged = std::move(merged);
      return part;
    }
    if (!found->is_object()) {
      throw InputError(fmt::format("{}: /{}: expected an object or a file name, found {}",
                                   layer.name, key, found->type_name()));
    }
    last = &layer;
    merged.emplace_back(*found, layer.base_dir);
    if (found->contains("preset")) break;
  }
  if (last == nullptr) {
    throw InputError(fmt::format("{}: /{}: required key is missing", layers.front().name, key));
  }
  Part part{std::move(merged.back().first), last->base_dir, last->name, {}};
  merged.pop_back();
  part.merged = std::move(merged);
  return part;
}

/// Files chosen by settings, by the pointer of their object in the part; the last one counts.
PresetResolver::Choices choices_of(const std::vector<Setting>& settings, const std::string& key,
                                   const fs::path& base_dir) {
  PresetResolver::Choices choices;
  choices.folder = base_dir;
  for (const Setting& setting : settings) {
    if (!is_below(setting, key) || !is_preset(setting)) continue;
    const std::size_t begin = key.size() + 1;
    const std::size_t length = setting.pointer.size() - begin - std::string(kPresetEnding).size();
    choices.files[setting.pointer.substr(begin, length)] = setting.value;
  }
  return choices;
}

void require_used(const std::vector<Setting>& settings, const std::string& key,
                  const PresetResolver& resolver) {
  for (const Setting& setting : settings) {
    if (!is_below(setting, key) || !is_preset(setting)) continue;
    const std::string object =
        setting.pointer.substr(0, setting.pointer.size() - std::string(kPresetEnding).size());
    if (resolver.is_used(object.substr(key.size() + 1))) continue;
    throw InputError(fmt::format("{}: there is no {} to set a value in", setting.origin, object));
  }
}

/// Reads the presets of a part, and applies the settings that lie below it.
void resolve_part(Part& part, const std::string& key, const std::vector<Setting>& settings,
                  JsonFiles* files) {
  PresetResolver resolver(choices_of(settings, key, part.base_dir), kWorkloadFiles, files);
  try {
    part.document = resolver.resolve(part.document, part.base_dir);
    for (auto layer = part.merged.rbegin(); layer != part.merged.rend(); ++layer) {
      resolver.merge(layer->first, layer->second, part.document, part.base_dir);
    }
    require_used(settings, key, resolver);
    Json document;
    document[key] = std::move(part.document);
    for (Setting setting : settings) {
      if (!is_below(setting, key) || is_preset(setting)) continue;
      const std::string place = setting.pointer.substr(key.size() + 1);
      setting.value = resolver.resolve(setting.value, part.base_dir, place);
      vitcod::apply(setting, document);
    }
    part.document = std::move(document[key]);
  } catch (const ConfigError& error) {
    throw InputError(part.file + ": " + error.under(key).what());
  }
}

/// The one value of a trace folder that can be set: with another one, the trace is as it is.
std::optional<std::uint64_t> value_seed_of_trace(const std::vector<Setting>& settings) {
  std::optional<std::uint64_t> seed;
  for (const Setting& setting : settings) {
    if (!is_below(setting, "workload")) continue;
    if (!can_be_set_in_trace(setting.pointer)) {
      throw InputError(setting.origin +
                       ": the workload is a trace folder, of which /workload/value_seed alone can "
                       "be set");
    }
    if (!setting.value.is_number_unsigned()) {
      throw InputError(setting.origin + ": expected an integer of at least 0");
    }
    seed = setting.value.get<std::uint64_t>();
  }
  return seed;
}

}  // namespace

bool can_be_set_in_trace(const std::string& pointer) { return pointer == kValueSeed; }

Json resolve_workload(const fs::path& file, const std::vector<Setting>& settings) {
  Part workload = load_file(file, false, nullptr);
  resolve_part(workload, "workload", settings, nullptr);
  return std::move(workload.document);
}

RunDocument resolve_run(const Json& config, const fs::path& base_dir, const std::string& name,
                        const std::vector<Setting>& settings, JsonFiles* files) {
  for (const Setting& setting : settings) require_known_place(setting);
  std::vector<RunLayer> layers = read_layers({config, base_dir, name});
  for (const Setting& setting : settings) {
    if (is_part(setting)) apply(setting, layers.front().json);
  }
  Part machine = load_part(layers, "machine", files);
  Part workload = load_part(layers, "workload", files);
  resolve_part(machine, "machine", settings, files);
  RunDocument run;
  if (workload.document.is_null()) {
    run.value_seed = value_seed_of_trace(settings);
  } else {
    resolve_part(workload, "workload", settings, files);
  }
  run.name = name;
  run.machine = std::move(machine.document);
  run.machine_text = run.machine.dump();
  run.machine_file = std::move(machine.file);
  run.workload = std::move(workload.document);
  run.workload_dir = std::move(workload.base_dir);
  run.workload_file = std::move(workload.file);
  return run;
}

}  // namespace vitcod
