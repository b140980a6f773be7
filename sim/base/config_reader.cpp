// SPDX-License-Identifier: Apache-2.0
#include "sim/base/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace vitcod {
namespace {

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

std::size_t find_choice(const Json& json, const std::vector<std::string_view>& choices) {
  const auto chosen = json.is_string() ? std::find(choices.begin(), choices.end(),
                                                   json.get_ref<const std::string&>())
                                       : choices.end();
  if (chosen == choices.end()) throw expected(("one of " + list_of(choices)).c_str(), json);
  return static_cast<std::size_t>(chosen - choices.begin());
}

/// "2 elements", "at least 1 element", "1 to 3 elements"
std::string text_of(Length length) {
  const char* plural =
      length.max == 1 || (length.min == 1 && length.max == Length{}.max) ? "" : "s";
  if (length.min == length.max) return fmt::format("{} element{}", length.min, plural);
  if (length.max == Length{}.max) return fmt::format("at least {} element{}", length.min, plural);
  return fmt::format("{} to {} elements", length.min, length.max);
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
                             Range<T> range, Length length) {
  if (is_describing()) {
    Json& items = *describe_list(key, meaning, length);
    items["type"] = schema_type<T>();
    describe_range(items, range);
    return;
  }
  const Json* json = find_required(key);
  if (json == nullptr) return;
  values.clear();
  for (const auto& [index, element] : elements_of(key, *json, length)) {
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
                            std::string_view meaning, Length length) {
  read_list(key, value, meaning, {}, length);
}
void ConfigReader::required(std::string_view key, std::vector<double>& value,
                            std::string_view meaning, Range<double> range, Length length) {
  read_list(key, value, meaning, range, length);
}
void ConfigReader::required(std::string_view key, std::vector<std::uint32_t>& value,
                            std::string_view meaning, Range<std::uint32_t> range, Length length) {
  read_list(key, value, meaning, range, length);
}

void ConfigReader::required_one_or_more(std::string_view key, std::vector<double>& value,
                                        std::string_view meaning, Range<double> range) {
  constexpr Length kSome{1};
  if (is_describing()) {
    read_list(key, value, meaning, range, kSome);
    Json& schema = (*schema_)["properties"][std::string(key)];
    schema["type"] = {"number", "array"};
    describe_range(schema, range);
    return;
  }
  const Json* json = find_required(key);
  if (json != nullptr && !json->is_array()) {
    value.resize(1);
    read_scalar(key, value.front(), meaning, range);
  } else {
    read_list(key, value, meaning, range, kSome);
  }
}

void ConfigReader::optional_map(std::string_view key,
                                std::vector<std::pair<std::string, Json>>& map,
                                std::string_view meaning) {
  map.clear();
  if (is_describing()) {
    describe_map(key, meaning);
    return;
  }
  const Json* members = find_members(key);
  if (members == nullptr) return;
  for (const auto& [name, value] : members->items()) map.emplace_back(name, value);
}

template <typename T>
void ConfigReader::read_map(std::string_view key, std::vector<std::pair<std::string, T>>& map,
                            std::string_view meaning, Range<T> range) {
  map.clear();
  if (is_describing()) {
    Json& values = (*describe_map(key, meaning))["additionalProperties"];
    values["type"] = schema_type<T>();
    describe_range(values, range);
    return;
  }
  const Json* members = find_members(key);
  if (members == nullptr) return;
  for (const auto& [name, value] : members->items()) {
    try {
      convert(value, map.emplace_back(name, T{}).second, range);
    } catch (const ConfigError& error) {
      throw error.under(name).under(key);
    }
  }
}

void ConfigReader::optional_map(std::string_view key,
                                std::vector<std::pair<std::string, double>>& map,
                                std::string_view meaning, Range<double> range) {
  read_map(key, map, meaning, range);
}
void ConfigReader::optional_map(std::string_view key,
                                std::vector<std::pair<std::string, std::uint32_t>>& map,
                                std::string_view meaning, Range<std::uint32_t> range) {
  read_map(key, map, meaning, range);
}

void ConfigReader::required_formula(std::string_view key, std::optional<std::uint32_t>& number,
                                    std::string& formula, std::string_view meaning,
                                    Range<std::uint32_t> range) {
  if (is_describing()) {
    std::uint32_t ignored = 0;
    read_scalar(key, ignored, meaning, range);
    describe_as_formula_too(key);
    return;
  }
  number.reset();
  formula.clear();
  const Json* json = find_required(key);
  if (json == nullptr) return;
  if (json->is_string()) {
    formula = json->get<std::string>();
    return;
  }
  if (!json->is_number_integer()) throw expected("an integer or a formula", *json).under(key);
  read_scalar(key, number.emplace(), meaning, range);
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

void ConfigReader::require_one_of(std::string_view first, std::string_view second) {
  if (is_describing()) {
    describe_one_of(first, second);
    return;
  }
  require(has(first) || has(second), first, fmt::format("expected {} or {}", first, second));
  require(!has(first) || !has(second), first,
          fmt::format("{} and {} exclude each other", first, second));
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
  if (!missing_.empty()) throw_missing();
}

void ConfigReader::throw_missing() const {
  throw ConfigError("", "required key is missing").under(missing_);
}

bool ConfigReader::is_object(std::string_view key) const {
  const auto member = json_->find(key);
  return member != json_->end() && member->is_object();
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

const Json* ConfigReader::find_members(std::string_view key) {
  if (!has(key)) return nullptr;
  const Json& members = *json_->find(key);
  if (!members.is_object()) throw expected("an object", members).under(key);
  return &members;
}

std::size_t ConfigReader::choice(std::string_view key, const std::vector<std::string_view>& choices,
                                 std::string_view meaning) {
  if (is_describing()) {
    (*describe_value(key, "string", meaning))["enum"] = choices;
    return 0;
  }
  const Json* json = find_required(key);
  if (json == nullptr) return 0;
  try {
    return find_choice(*json, choices);
  } catch (const ConfigError& error) {
    throw error.under(key);
  }
}

std::vector<std::size_t> ConfigReader::choice_list(std::string_view key,
                                                   const std::vector<std::string_view>& choices,
                                                   std::string_view meaning, Length length) {
  std::vector<std::size_t> chosen;
  if (is_describing()) {
    Json& items = *describe_list(key, meaning, length);
    items["type"] = "string";
    items["enum"] = choices;
    return chosen;
  }
  const Json* json = find_required(key);
  if (json == nullptr) return chosen;
  for (const auto& [index, element] : elements_of(key, *json, length)) {
    try {
      chosen.push_back(find_choice(*element, choices));
    } catch (const ConfigError& error) {
      throw error.under(index).under(key);
    }
  }
  return chosen;
}

std::vector<std::pair<std::string, const Json*>> ConfigReader::elements_of(std::string_view key,
                                                                           const Json& list,
                                                                           Length length) const {
  if (!list.is_array()) throw expected("an array", list).under(key);
  if (list.size() < length.min || list.size() > length.max) {
    throw ConfigError("", fmt::format("expected {}, found {}", text_of(length), list.size()))
        .under(key);
  }
  std::vector<std::pair<std::string, const Json*>> elements;
  for (const Json& element : list) elements.emplace_back(std::to_string(elements.size()), &element);
  return elements;
}

}  // namespace vitcod