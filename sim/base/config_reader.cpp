// SPDX-License-Identifier: Apache-2.0
#include "sim/base/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace vitcod {
namespace {

constexpr std::string_view kSchemaKey = "$schema";

std::string quote(std::string_view text) { return Json(text).dump(); }

template <typename Names>
std::string list_of(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + quote(name);
  return "[" + text + "]";
}

/// What stands in the document, short enough for one line.
std::string found(const Json& json) {
  constexpr std::size_t kMaxLength = 60;
  if (json.is_structured()) return json.type_name();
  const std::string text = json.dump();
  return text.size() <= kMaxLength ? text : fmt::format("a string of {} bytes", text.size() - 2);
}

ConfigError expected(const char* what, const Json& json) {
  return ConfigError("", fmt::format("expected {}, found {}", what, found(json)));
}

template <typename T>
bool has_min(const Range<T>& range) {
  return range.min != std::numeric_limits<T>::lowest() || std::is_unsigned_v<T>;
}
template <typename T>
bool has_max(const Range<T>& range) {
  return range.max != std::numeric_limits<T>::max() || sizeof(T) < sizeof(std::uint64_t);
}

template <typename T>
ConfigError out_of_range(const Json& json, const Range<T>& range) {
  const std::string min = has_min(range) ? fmt::format("[{}", range.min) : "(-inf";
  const std::string max = has_max(range) ? fmt::format("{}]", range.max) : "inf)";
  return ConfigError("", fmt::format("{} is out of range {}, {}", found(json), min, max));
}

void convert(const Json& json, bool& value, Range<bool>) {
  if (!json.is_boolean()) throw expected("true or false", json);
  value = json.get<bool>();
}

void convert(const Json& json, std::string& value, const Range<std::string>&) {
  if (!json.is_string()) throw expected("a string", json);
  value = json.get<std::string>();
}

void convert(const Json& json, double& value, Range<double> range) {
  if (!json.is_number()) throw expected("a number", json);
  const double number = json.get<double>();
  if (number < range.min || number > range.max) throw out_of_range(json, range);
  value = number;
}

template <typename T>
requires std::is_integral_v<T>
void convert(const Json& json, T& value, Range<T> range) {
  // 8.0 and 1e3 are numbers, not integers: who writes them may mean something else.
  if (!json.is_number_integer()) throw expected("an integer", json);
  const auto in_range = [&range](auto number) {
    return std::cmp_greater_equal(number, range.min) && std::cmp_less_equal(number, range.max);
  };
  const bool ok = json.is_number_unsigned() ? in_range(json.get<std::uint64_t>())
                                            : in_range(json.get<std::int64_t>());
  if (!ok) throw out_of_range(json, range);
  value = json.get<T>();
}

template <typename T>
const char* schema_type() {
  if constexpr (std::is_same_v<T, bool>) return "boolean";
  if constexpr (std::is_same_v<T, std::string>) return "string";
  if constexpr (std::is_same_v<T, double>) return "number";
  return "integer";
}

template <typename T>
void describe_range(Json& schema, const Range<T>& range) {
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
    if (has_min(range)) schema["minimum"] = range.min;
    if (has_max(range)) schema["maximum"] = range.max;
  }
}

}  // namespace

ConfigReader::ConfigReader(const Json& json) : json_(&json) {
  if (!json.is_object()) throw expected("an object", json);
  const auto schema = json.find(kSchemaKey);
  if (schema != json.end() && !schema->is_string()) {
    throw expected("a string", *schema).under(kSchemaKey);
  }
}

ConfigReader ConfigReader::describing(Json& schema) {
  schema["type"] = "object";
  schema["properties"][std::string(kSchemaKey)]["type"] = "string";
  schema["required"] = Json::array();
  schema["additionalProperties"] = false;
  ConfigReader reader;
  reader.schema_ = &schema;
  return reader;
}

template <typename T>
void ConfigReader::read_scalar(std::string_view key, T& value, std::string_view meaning,
                               Range<T> range) {
  if (is_describing()) {
    describe_range(*describe_value(key, schema_type<T>(), meaning), range);
    return;
  }
  const Json* json = find_required(key);
  if (json == nullptr) return;
  try {
    convert(*json, value, range);
  } catch (const ConfigError& error) {
    throw error.under(key);
  }
}

template <typename T>
void ConfigReader::read_list(std::string_view key, std::vector<T>& values, std::string_view meaning,
                             Range<T> range) {
  if (is_describing()) {
    Json& items = *describe_list(key, meaning);
    items["type"] = schema_type<T>();
    describe_range(items, range);
    return;
  }
  const Json* json = find_required(key);
  if (json == nullptr) return;
  values.clear();
  for (const auto& [index, element] : elements_of(key, *json)) {
    try {
      convert(*element, values.emplace_back(), range);
    } catch (const ConfigError& error) {
      throw error.under(index).under(key);
    }
  }
}

void ConfigReader::required(std::string_view key, bool& value, std::string_view meaning) {
  read_scalar(key, value, meaning, {});
}
void ConfigReader::required(std::string_view key, std::string& value, std::string_view meaning) {
  read_scalar(key, value, meaning, {});
}
void ConfigReader::required(std::string_view key, double& value, std::string_view meaning,
                            Range<double> range) {
  read_scalar(key, value, meaning, range);
}
void ConfigReader::required(std::string_view key, std::uint64_t& value, std::string_view meaning,
                            Range<std::uint64_t> range) {
  read_scalar(key, value, meaning, range);
}
void ConfigReader::required(std::string_view key, std::int64_t& value, std::string_view meaning,
                            Range<std::int64_t> range) {
  read_scalar(key, value, meaning, range);
}
void ConfigReader::required(std::string_view key, std::uint32_t& value, std::string_view meaning,
                            Range<std::uint32_t> range) {
  read_scalar(key, value, meaning, range);
}
void ConfigReader::required(std::string_view key, std::vector<std::string>& value,
                            std::string_view meaning) {
  read_list(key, value, meaning, {});
}
void ConfigReader::required(std::string_view key, std::vector<double>& value,
                            std::string_view meaning, Range<double> range) {
  read_list(key, value, meaning, range);
}
void ConfigReader::required(std::string_view key, std::vector<std::uint32_t>& value,
                            std::string_view meaning, Range<std::uint32_t> range) {
  read_list(key, value, meaning, range);
}

const Json* ConfigReader::raw(std::string_view key, std::string_view meaning) {
  if (is_describing()) {
    (*schema_)["properties"][std::string(key)]["description"] = meaning;
    return nullptr;
  }
  know(key);
  const auto member = json_->find(key);
  return member == json_->end() ? nullptr : &*member;
}

bool ConfigReader::has(std::string_view key) {
  if (is_describing()) return false;
  know(key);
  const auto member = json_->find(key);
  return member != json_->end() && !member->is_null();
}

void ConfigReader::require(bool ok, std::string_view key, const std::string& message) const {
  if (ok || is_describing() || !missing_.empty()) return;
  throw ConfigError("", message).under(key);
}

void ConfigReader::finish() {
  if (is_describing()) return;
  for (const auto& member : json_->items()) {
    if (member.key() == kSchemaKey) continue;
    if (std::find(known_.begin(), known_.end(), member.key()) != known_.end()) continue;
    throw ConfigError("", "unknown key; expected one of " + list_of(known_)).under(member.key());
  }
  if (!missing_.empty()) throw ConfigError("", "required key is missing").under(missing_);
}

void ConfigReader::know(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
}

const Json* ConfigReader::find_required(std::string_view key) {
  know(key);
  const auto member = json_->find(key);
  if (member != json_->end()) return &*member;
  if (missing_.empty()) missing_ = key;
  return nullptr;
}

std::size_t ConfigReader::choice(std::string_view key, const std::vector<std::string_view>& choices,
                                 std::string_view meaning) {
  if (is_describing()) {
    (*describe_value(key, "string", meaning))["enum"] = choices;
    return 0;
  }
  const Json* json = find_required(key);
  if (json == nullptr) return 0;
  const auto chosen = json->is_string() ? std::find(choices.begin(), choices.end(),
                                                    json->get_ref<const std::string&>())
                                        : choices.end();
  if (chosen == choices.end()) {
    throw expected(("one of " + list_of(choices)).c_str(), *json).under(key);
  }
  return static_cast<std::size_t>(chosen - choices.begin());
}

std::vector<std::pair<std::string, const Json*>> ConfigReader::elements_of(std::string_view key,
                                                                           const Json& list) const {
  if (!list.is_array()) throw expected("an array", list).under(key);
  std::vector<std::pair<std::string, const Json*>> elements;
  for (const Json& element : list) elements.emplace_back(std::to_string(elements.size()), &element);
  return elements;
}

Json* ConfigReader::describe_value(std::string_view key, const char* type,
                                   std::string_view meaning) {
  Json& value = (*schema_)["properties"][std::string(key)];
  value["type"] = type;
  value["description"] = meaning;
  (*schema_)["required"].push_back(key);
  return &value;
}

Json* ConfigReader::describe_list(std::string_view key, std::string_view meaning) {
  return &(*describe_value(key, "array", meaning))["items"];
}

void ConfigReader::describe_as_optional(std::string_view key) {
  Json& required_keys = (*schema_)["required"];
  required_keys.erase(std::find(required_keys.begin(), required_keys.end(), Json(key)));
  // null means the same as an absent key.
  Json& type = (*schema_)["properties"][std::string(key)]["type"];
  type = Json::array({type, "null"});
}

}  // namespace vitcod
