// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/schema/preset_schema.hpp"

#include <nlohmann/json.hpp>

namespace vitcod {
namespace {

/// Takes what is required out of the schemas of an object and of those below it. Returns it as a
/// schema of its own, which asks for nothing where a preset is named.
Json take_required(Json& schema) {
  Json complete;
  complete["if"]["required"] = Json::array({"preset"});
  Json& otherwise = complete["else"];
  otherwise["required"] = schema["required"];
  schema.erase("required");
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
  if (!schema.contains("allOf")) return;
  // The keys that each choice of a variant adds.
  for (Json& choice : schema["allOf"]) allow_presets(choice["then"]);
}

}  // namespace vitcod
