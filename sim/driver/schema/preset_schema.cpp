// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/schema/preset_schema.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace vitcod {
namespace {

Json take_required(Json& schema);

/// The keys that each choice of a variant asks for, and what excludes each other.
void take_rules(Json& schema, Json& rules) {
  if (const auto ways = schema.find("oneOf"); ways != schema.end()) {
    rules["oneOf"] = *ways;
    schema.erase("oneOf");
  }
  if (!schema.contains("allOf")) return;
  for (Json& choice : schema["allOf"]) {
    Json rule;
    rule["if"] = choice["if"];
    rule["then"] = take_required(choice["then"]);
    rules["allOf"].push_back(std::move(rule));
  }
}

/// Takes what is required out of the schemas of an object and of those below it. Returns it as a
/// schema of its own, which asks for nothing where a preset is named.
Json take_required(Json& schema) {
  Json complete;
  complete["if"]["required"] = Json::array({"preset"});
  Json& otherwise = complete["else"];
  otherwise["required"] = schema["required"];
  schema.erase("required");
  take_rules(schema, otherwise);
  for (auto& [key, value] : schema["properties"].items()) {
    if (value.contains("properties")) otherwise["properties"][key] = take_required(value);
  }
  Json& preset = schema["properties"]["preset"];
  preset["type"] = "string";
  preset["description"] =
      "file of this object, relative to the one it stands in; the other keys are merged over it";
  return complete;
}

}  // namespace

void allow_presets(Json& schema) {
  const Json complete = take_required(schema);
  schema.update(complete);
}

}  // namespace vitcod
