// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/point_resolver.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/folders.hpp"
#include "sim/base/presets.hpp"
#include "sim/formula/script_report.hpp"
#include "workloads/config_dir.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {
namespace {

/// Of the executable, which does not change while it runs: read once.
const std::string& hash_of_simulator() {
  static const std::string hash = sha256_hex(read_file("/proc/self/exe"));
  return hash;
}

namespace fs = std::filesystem;

// Changes when the meaning of a key does.
constexpr const char* kKeySchema = "vitcod-point/1\n";

Json settings_json(const std::vector<Setting>& settings) {
  Json json = Json::array();
  for (const Setting& setting : settings) json.push_back({setting.pointer, setting.value});
  return json;
}

}  // namespace

PointResolver::PointResolver(const SweepConfig& config)
    : with_values_(config.with_values), simulator_(hash_of_simulator()) {
  for (const ScriptRevision revision : config.formula) {
    formula_ += std::string("formula ") + name_of(revision) + '\n';
  }
  const fs::path sweep_file = absolute_path(config.file);
  sweep_ = read_json_file(sweep_file);
  const bool is_file = config.run.is_string();
  const fs::path file =
      is_file ? sweep_file.parent_path() / config.run.get<std::string>() : sweep_file;
  run_ = is_file ? read_json_file(file) : config.run;
  base_dir_ = file.parent_path();
  name_ = file.filename().string();
}

ResolvedPoint PointResolver::resolve(const SweepPoint& point) {
  ResolvedPoint resolved;
  std::string identity =
      kKeySchema + simulator_ + (with_values_ ? "\nvalues\n" : "\ncycles\n") + formula_;
  try {
    resolved.document = resolve_run(run_, base_dir_, name_, point.settings, &files_);
    resolved.workload_key = identity_of_workload(resolved.document);
    identity += resolved.document.machine_text + '\n' + resolved.workload_key;
  } catch (const InputError& error) {
    resolved.error = without_folder(error.what());
    identity += "unresolved\n" + settings_json(point.settings).dump() + '\n' + resolved.error;
  }
  resolved.key = sha256_hex(identity);
  return resolved;
}

Json PointResolver::describe_sweep() const {
  Json run = run_;
  try {
    const RunDocument document = resolve_run(run_, base_dir_, name_, {});
    run["machine"] = document.machine;
    if (!document.workload.is_null()) run["workload"] = document.workload;
  } catch (const InputError&) {
    // A base run may be complete with the settings of a point only.
  }
  return {{"schema", "vitcod-sweep/1"}, {"simulator", simulator_}, {"sweep", sweep_}, {"run", run}};
}

bool PointResolver::has_trace_folder() const {
  try {
    return resolve_run(run_, base_dir_, name_, {}).workload.is_null();
  } catch (const InputError&) {
    return false;  // complete with the settings of a point only
  }
}

std::string PointResolver::identity_of_workload(const RunDocument& document) {
  std::string identity = document.workload.dump();
  if (!document.workload.is_null()) {
    append_named_files(document.workload, document.workload_dir, identity);
    append_model_file(document.workload, document.workload_dir, identity);
    return sha256_hex(identity);
  }
  if (document.value_seed) identity += " value_seed " + std::to_string(*document.value_seed);
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(document.workload_dir, ignored)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) append_file(file, identity);
  return sha256_hex(identity);
}

/// Which texts of a workload name files is known to those who read it alone. Taking in every file
/// that a text could name misses none; one too many does no harm.
void PointResolver::append_named_files(const Json& value, const fs::path& base_dir,
                                       std::string& identity) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    append_file(base_dir / text, identity);
    append_model(text, identity);
  } else if (value.is_structured()) {
    for (const Json& element : value) append_named_files(element, base_dir, identity);
  }
}

void PointResolver::append_model(const std::string& name, std::string& identity) {
  const auto found = models_.find(name);
  if (found != models_.end()) {
    identity += found->second;
    return;
  }
  std::string content;
  if (const auto file = find_config("models", name)) {
    try {
      content = '\n' + resolve_presets(read_json_file(*file), file->parent_path()).dump();
    } catch (const InputError& error) {
      content = '\n' + sha256_hex(read_file(*file)) + error.what();
    }
  }
  identity += models_.emplace(name, std::move(content)).first->second;
}

/// A model's file with the presets that it stands on.
void PointResolver::append_model_file(const Json& workload, const fs::path& base_dir,
                                      std::string& identity) const {
  const auto model = workload.find("model");
  if (model == workload.end() || !model->is_string()) return;
  const auto& name = model->get_ref<const std::string&>();
  if (!is_model_file(name)) return;
  const fs::path file = base_dir / name;
  try {
    identity += '\n' + resolve_presets(read_json_file(file), file.parent_path()).dump();
  } catch (const InputError& error) {
    identity += '\n' + without_folder(error.what());
  }
}

void PointResolver::append_file(const fs::path& file, std::string& identity) {
  auto found = hashes_.find(file);
  if (found == hashes_.end()) {
    std::error_code ignored;
    const bool is_file = fs::is_regular_file(file, ignored);
    found = hashes_.emplace(file, is_file ? sha256_hex(read_file(file)) : "").first;
  }
  if (!found->second.empty()) identity += '\n' + file.filename().string() + ' ' + found->second;
}

std::string PointResolver::without_folder(const std::string& message) const {
  const std::string folder = base_dir_.string() + '/';
  std::string text = message;
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at)) {
    text.erase(at, folder.size());
  }
  return text;
}

}  // namespace vitcod
