// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/axis.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "sim/driver/sweep/value_range.hpp"

namespace vitcod {
namespace {

constexpr const char* kNameMeaning = "column of the table and variable of expressions";
constexpr const char* kValuesMeaning = "numbers, texts or truth values, in this order";
constexpr const char* kVariantsMeaning = "label: {pointer: value, ...}; {} leaves the run as it is";
constexpr const char* kZipMeaning = "axes of equal length that step together";

/// True for two numbers, however they are written, two texts, or two truth values.
bool is_same_type(const Json& a, const Json& b) {
  return a.is_number() ? b.is_number() : a.type() == b.type();
}

std::string quote(const std::string& text) { return Json(text).dump(); }

std::vector<Json> read_list(const Json& json) {
  if (!json.is_array() || json.empty()) throw ConfigError("", "expected a list of values");
  std::vector<Json> values;
  for (const Json& value : json) {
    const std::string index = std::to_string(values.size());
    if (!value.is_number() && !value.is_string() && !value.is_boolean()) {
      throw ConfigError("/" + index, "expected a number, a text, true or false, found " +
                                         std::string(value.type_name()) +
                                         "; other values are set by variants");
    }
    if (!is_same_type(json[0], value)) {
      throw ConfigError("/" + index, "expected values of one type, found " + json[0].dump() +
                                         " and " + value.dump());
    }
    values.push_back(value);
  }
  return values;
}

void require_place(const std::string& pointer) {
  if (is_known_place(pointer)) return;
  throw ConfigError("",
                    "expected a JSON pointer below /machine or /workload, found " + quote(pointer));
}

void read_variants(const Json& json, Axis& axis) {
  if (!json.is_object() || json.empty()) {
    throw ConfigError("", "expected an object of labels and their settings");
  }
  for (const auto& [label, settings] : json.items()) {
    if (!settings.is_object()) {
      throw ConfigError("", "expected an object of pointers and values").under(label);
    }
    axis.values.emplace_back(label);
    axis.variants.emplace_back();
    for (const auto& [pointer, value] : settings.items()) {
      try {
        require_place(pointer);
      } catch (const ConfigError& error) {
        throw error.under(label);
      }
      axis.variants.back().emplace_back(pointer, value);
    }
  }
}

/// The four ways to give values, of which an axis has one.
void read_values(ConfigReader& reader, Axis& axis) {
  const Json* list = reader.raw("values", kValuesMeaning);
  std::optional<LinearRange> range;
  std::optional<LogRange> log_range;
  reader.optional_object("range", range, "numbers at equal distances");
  reader.optional_object("log_range", log_range, "numbers at equal ratios");
  const Json* variants = reader.raw("variants", kVariantsMeaning);
  if (reader.is_describing()) return;
  reader.finish();
  const int num_ways =
      (list != nullptr) + range.has_value() + log_range.has_value() + (variants != nullptr);
  reader.require(num_ways == 1, "values", "expected one of values, range, log_range and variants");
  reader.require(variants == nullptr || axis.pointers.empty(), "pointer",
                 "expected none: variants name their own pointers");
  try {
    if (list != nullptr) axis.values = read_list(*list);
  } catch (const ConfigError& error) {
    throw error.under("values");
  }
  try {
    if (variants != nullptr) read_variants(*variants, axis);
  } catch (const ConfigError& error) {
    throw error.under("variants");
  }
  if (range) axis.values = std::move(range->values);
  if (log_range) axis.values = std::move(log_range->values);
}

/// Values of one axis differ, and of axes that step together what they have at one step.
void require_different(const std::vector<Axis>& axes, const std::string& at) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < axes.front().values.size(); ++i) {
    std::string step;
    for (const Axis& axis : axes) step += (step.empty() ? "" : ", ") + axis.values[i].dump();
    if (!seen.insert(step).second) {
      throw ConfigError(at + "/values/" + std::to_string(i), step + " stands twice");
    }
  }
}

}  // namespace

bool Axis::is_ordered() const { return values.front().is_number(); }

void Axis::append_settings(std::size_t index, std::vector<Setting>& settings) const {
  const std::string origin = "axis " + name + " = " + values[index].dump();
  for (const std::string& pointer : pointers) settings.push_back({pointer, values[index], origin});
  if (!has_variants()) return;
  for (const auto& [pointer, value] : variants[index]) settings.push_back({pointer, value, origin});
}

bool is_column_name(const std::string& name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::vector<std::string> read_pointers(ConfigReader& reader) {
  std::optional<std::string> pointer;
  std::optional<std::vector<std::string>> pointers;
  reader.optional("pointer", pointer, "place in the run config that each value is set at");
  reader.optional("pointers", pointers, "several such places");
  if (reader.is_describing()) return {};
  reader.require(!pointer || !pointers, "pointers", "pointer and pointers exclude each other");
  const char* key = pointer ? "pointer" : "pointers";
  std::vector<std::string> places = pointers.value_or(std::vector<std::string>{});
  if (pointer) places = {*pointer};
  for (const std::string& place : places) {
    try {
      require_place(place);
    } catch (const ConfigError& error) {
      throw error.under(key);
    }
  }
  return places;
}

void read(ConfigReader& reader, Axis& axis) {
  reader.required("name", axis.name, kNameMeaning);
  axis.pointers = read_pointers(reader);
  read_values(reader, axis);
}

void read(ConfigReader& reader, Dimension& dimension) {
  if (reader.is_describing()) {
    std::optional<std::string> name;
    reader.optional("name", name, kNameMeaning);
    read_pointers(reader);
    Axis axis;
    read_values(reader, axis);
    reader.optional_list("zip", dimension.axes, kZipMeaning);
    return;
  }
  if (!reader.has("zip")) {
    read(reader, dimension.axes.emplace_back());
    if (reader.has("values")) require_different(dimension.axes, "");
    return;
  }
  reader.required_list("zip", dimension.axes, kZipMeaning);
  reader.finish();
  reader.require(!dimension.axes.empty(), "zip", "expected at least one axis");
  for (const Axis& axis : dimension.axes) {
    const std::string found = axis.name + " has " + std::to_string(axis.values.size());
    reader.require(axis.values.size() == dimension.size(), "zip",
                   "expected axes of equal length: " + dimension.axes.front().name + " has " +
                       std::to_string(dimension.size()) + " values, " + found);
  }
  require_different(dimension.axes, "/zip/0");
}

}  // namespace vitcod
