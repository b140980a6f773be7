// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/compare/comparison_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace vitcod {
namespace {

Json or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

Json row_json(const ComparisonRow& row) {
  Json json;
  json["baseline"] = row.baseline;
  json["kind"] = row.kind;
  json["model"] = row.model;
  json["sparsity"] = or_null(row.sparsity);
  json["scope"] = name_of(row.scope);
  json["terms"] = name_of(row.terms);
  json["time_us"] = or_null(row.time_us);
  json["energy_uj"] = or_null(row.energy_uj);
  json["speedup"] = or_null(row.speedup);
  json["energy_ratio"] = or_null(row.energy_ratio);
  json["source"] = row.source;
  return json;
}

Json mean_json(const ComparisonMean& mean) {
  Json json;
  json["baseline"] = mean.baseline;
  json["kind"] = mean.kind;
  json["sparsity"] = mean.sparsity;
  json["scope"] = name_of(mean.scope);
  json["terms"] = name_of(mean.terms);
  json["models"] = mean.num_models;
  json["geometric_speedup"] = mean.geometric_speedup;
  json["arithmetic_speedup"] = mean.arithmetic_speedup;
  json["geometric_energy_ratio"] = or_null(mean.geometric_energy_ratio);
  json["arithmetic_energy_ratio"] = or_null(mean.arithmetic_energy_ratio);
  return json;
}

Json fit_json(const ComparisonFit& fit) {
  Json json;
  json["machine"] = fit.machine;
  json["model"] = fit.model;
  json["scope"] = name_of(fit.scope);
  json["constant"] = fit.constant;
  json["slope"] = fit.slope;
  return json;
}

std::vector<const ComparisonRow*> all_rows(const Comparison& comparison) {
  std::vector<const ComparisonRow*> rows;
  for (const auto* list :
       {&comparison.own, &comparison.rows, &comparison.claims, &comparison.whole}) {
    for (const ComparisonRow& row : *list) rows.push_back(&row);
  }
  return rows;
}

/// A field of a CSV file (RFC 4180).
std::string field(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return value.dump();
  auto text = value.get<std::string>();
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

}  // namespace

Json comparison_json(const Comparison& comparison) {
  Json json;
  json["machine"] = comparison.machine;
  json["rows"] = Json::array();
  for (const ComparisonRow* row : all_rows(comparison)) json["rows"].push_back(row_json(*row));
  json["means"] = Json::array();
  for (const ComparisonMean& mean : comparison.means) json["means"].push_back(mean_json(mean));
  json["fits"] = Json::array();
  for (const ComparisonFit& fit : comparison.fits) json["fits"].push_back(fit_json(fit));
  json["notes"] = comparison.notes;
  return json;
}

std::string comparison_csv(const Comparison& comparison) {
  std::string text;
  for (const ComparisonRow* row : all_rows(comparison)) {
    const Json json = row_json(*row);
    std::string heading;
    std::string line;
    for (const auto& [key, value] : json.items()) {
      heading += (heading.empty() ? "" : ",") + key;
      line += (line.empty() ? "" : ",") + field(value);
    }
    if (text.empty()) text = heading + "\n";
    text += line + "\n";
  }
  return text;
}

}  // namespace vitcod
