// SPDX-License-Identifier: Apache-2.0
#include "sim/baseline/model_argument.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/presets.hpp"
#include "workloads/workload_spec.hpp"

namespace vitcod {

ModelConfig model_of(const std::string& argument) {
  if (!is_model_file(argument)) return load_model(argument);
  const std::filesystem::path file = argument;
  const std::filesystem::path folder = file.parent_path();
  const Json json = resolve_presets(read_json_file(file), folder);
  try {
    if (!json.is_object() || !json.contains("model")) return read_config<ModelConfig>(json);
    const auto spec = read_config<WorkloadSpec>(json);
    if (spec.layers) throw ConfigError("/layers", "a baseline is of all layers");
    if (spec.tokens) throw ConfigError("/tokens", "a baseline keeps all tokens");
    if (spec.inline_model) return *spec.inline_model;
    if (is_model_file(spec.model_name)) return read_model_file(folder / spec.model_name);
    return load_model(spec.model_name);
  } catch (const ConfigError& error) {
    throw FileError(argument, error.what());
  }
}

}  // namespace vitcod
