// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/result_diff.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "sim/base/errors.hpp"
#include "sim/base/folders.hpp"

namespace vitcod {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSchemaStart = "vitcod-result/";
constexpr const char* kConfig = "config";

Json read_result(const fs::path& path) {
  const fs::path file = is_folder(path) ? path / "result.json" : path;
  Json json = read_json_file(file);
  const bool has_schema = json.is_object() && json.contains("schema") &&
                          json["schema"].is_string() &&
                          json["schema"].get<std::string>().starts_with(kSchemaStart);
  if (!has_schema) {
    throw FileError(file.string(), "/schema: expected the result.json of a run");
  }
  return json;
}

/// Takes the configuration out of a result, under its own key; null if there is none.
Json take_config(Json& result) {
  Json config;
  if (const auto found = result.find(kConfig); found != result.end()) {
    config[kConfig] = std::move(*found);
    result.erase(kConfig);
  }
  return config;
}

}  // namespace

ResultDiff diff_results(const fs::path& before, const fs::path& after) {
  Json old_result = read_result(before);
  Json new_result = read_result(after);
  const Json old_config = take_config(old_result);
  const Json new_config = take_config(new_result);
  ResultDiff diff;
  if (!old_config.is_null() && !new_config.is_null()) {
    diff.config = differences(old_config, new_config, {});
  }
  diff.results = differences(old_result, new_result, {});
  return diff;
}

}  // namespace vitcod
