// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/command_line_settings.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/folders.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {
namespace {

/// True if a text at this pointer of a run config names a file.
bool is_file_name(const std::string& pointer, const std::string& text) {
  if (pointer == "/workload/model") return is_model_file(text);
  return pointer == "/machine" || pointer == "/workload" || pointer.ends_with("/preset") ||
         pointer.starts_with("/workload/maps/files/");
}

/// Throws InputError for a name that is empty.
void name_files_from_root(const std::string& pointer, Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!is_file_name(pointer, text)) return;
    if (text.empty()) throw InputError(pointer + ": expected a file name, found an empty text");
    value = absolute_path(text).string();
  } else if (value.is_structured()) {
    for (auto& [key, element] : value.items()) {
      name_files_from_root(fmt::format("{}/{}", pointer, key), element);
    }
  }
}

}  // namespace

void add_set_option(CLI::App& command, std::vector<std::string>& texts) {
  command
      .add_option("--set", texts,
                  "Override values: /json/pointer=value; file names count from the working folder")
      ->take_all();
}

std::vector<Setting> parse_command_line_settings(const std::vector<std::string>& texts) {
  std::vector<Setting> settings;
  settings.reserve(texts.size());
  for (const std::string& text : texts) {
    settings.push_back(parse_setting(text));
    require_known_place(settings.back());
    name_files_from_root(settings.back().pointer, settings.back().value);
  }
  return settings;
}

}  // namespace vitcod
