// SPDX-License-Identifier: Apache-2.0
// The describing side of ConfigReader: how what is read becomes a JSON Schema.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/config_reader.hpp"

namespace vitcod {

ConfigReader ConfigReader::describing(Json& schema) {
  schema["type"] = "object";
  schema["properties"][std::string(kSchemaKey)]["type"] = "string";
  schema["required"] = Json::array();
  schema["additionalProperties"] = false;
  ConfigReader reader;
  reader.schema_ = &schema;
  return reader;
}

Json* ConfigReader::describe_value(std::string_view key, const char* type,
                                   std::string_view meaning) {
  Json& value = (*schema_)["properties"][std::string(key)];
  value["type"] = type;
  value["description"] = meaning;
  (*schema_)["required"].push_back(key);
  return &value;
}

Json* ConfigReader::describe_list(std::string_view key, std::string_view meaning, Length length) {
  Json& list = *describe_value(key, "array", meaning);
  if (length.min != 0) list["minItems"] = length.min;
  if (length.max != Length{}.max) list["maxItems"] = length.max;
  return &list["items"];
}

ConfigReader ConfigReader::describing_choice(std::string_view key, std::string_view name) {
  // The keys of each choice are closed, so the object that all choices share must be open.
  schema_->erase("additionalProperties");
  Json& branch = (*schema_)["allOf"].emplace_back();
  branch["if"]["type"] = "object";  // null and names have no keys to judge
  branch["if"]["properties"][std::string(key)]["const"] = name;
  branch["if"]["required"] = Json::array({key});
  ConfigReader reader = describing(branch["then"]);
  (*reader.schema_)["properties"][std::string(key)] = Json::object();
  return reader;
}

Json* ConfigReader::describe_map(std::string_view key, std::string_view meaning) {
  Json* value = describe_value(key, "object", meaning);
  describe_as_optional(key);
  return value;
}

void ConfigReader::describe_as_optional(std::string_view key) {
  Json& required_keys = (*schema_)["required"];
  required_keys.erase(std::find(required_keys.begin(), required_keys.end(), Json(key)));
  // null means the same as an absent key.
  Json& value = (*schema_)["properties"][std::string(key)];
  value["type"] = Json::array({value["type"], "null"});
  if (value.contains("enum")) value["enum"].push_back(nullptr);
}

void ConfigReader::describe_as_nameable(std::string_view key) {
  // The other keywords of an object's schema say nothing about strings.
  (*schema_)["properties"][std::string(key)]["type"] = {"string", "object"};
}

void ConfigReader::describe_as_formula_too(std::string_view key) {
  // Nor do a number's bounds.
  (*schema_)["properties"][std::string(key)]["type"] = {"integer", "string"};
}

void ConfigReader::describe_as_word_too(std::string_view key, std::string_view word) {
  Json& value = (*schema_)["properties"][std::string(key)];
  Json number;
  number["type"] = std::exchange(value["type"], Json());
  value.erase("type");
  for (const char* bound : {"minimum", "maximum"}) {
    if (!value.contains(bound)) continue;
    number[bound] = value[bound];
    value.erase(bound);
  }
  value["anyOf"] = Json::array({number, {{"const", word}}});
}

void ConfigReader::describe_one_of(std::string_view first, std::string_view second) {
  Json& ways = (*schema_)["oneOf"] = Json::array();
  for (const std::string_view key : {first, second}) {
    Json& only = ways.emplace_back();
    only["type"] = "object";
    only["properties"][std::string(key)]["not"]["type"] = "null";
    only["required"] = Json::array({key});
  }
  ways.emplace_back()["not"]["type"] = "object";  // null, where the object is optional
}

}  // namespace vitcod
