// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/report/comparison_section.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/base/files.hpp"
#include "sim/base/json.hpp"
#include "sim/driver/report/html_page.hpp"

namespace vitcod {
namespace {

/// A table of a list of objects that have the members of the first one.
std::string table_of(const Json& list, const std::string& place) {
  std::vector<std::string> headings;
  std::vector<std::vector<Json>> rows;
  for (const Json& object : list) {
    if (!object.is_object()) throw InputError(place + ": expected objects");
    if (headings.empty()) {
      for (const auto& [key, value] : object.items()) headings.push_back(key);
    }
    rows.emplace_back();
    for (const std::string& heading : headings) {
      rows.back().push_back(object.contains(heading) ? object[heading] : Json(nullptr));
    }
  }
  return html_table(headings, rows);
}

}  // namespace

std::string comparison_section(const std::filesystem::path& path) {
  const Json json = read_json_file(path);
  for (const char* list : {"means", "rows"}) {
    if (!json.is_object() || !json.contains(list) || !json[list].is_array()) {
      throw InputError(fmt::format("{}: /{}: expected a list", path.string(), list));
    }
  }
  std::string text;
  std::filesystem::path chart = path;
  chart.replace_extension(".svg");
  if (std::filesystem::exists(chart)) text += html_heading("Against others") + read_file(chart);
  return text + html_heading("Means over the models") +
         table_of(json["means"], path.string() + ": /means") + html_heading("All rows") +
         table_of(json["rows"], path.string() + ": /rows");
}

}  // namespace vitcod
