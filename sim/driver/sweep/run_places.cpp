// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/run_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/base/errors.hpp"
#include "sim/driver/run_config.hpp"
#include "sim/driver/schema/schemas.hpp"

namespace vitcod {
namespace {

using Schemas = std::vector<const Json*>;

/// A schema and those of the choices of a variant, each of which adds keys.
void append_choices(const Json& schema, Schemas& schemas) {
  schemas.push_back(&schema);
  if (!schema.contains("allOf")) return;
  for (const Json& choice : schema["allOf"]) {
    if (choice.contains("then")) append_choices(choice["then"], schemas);
  }
}

bool is_index(const std::string& token) {
  return token == "-" ||
         (!token.empty() && token.find_first_not_of("0123456789") == std::string::npos);
}

/// True for a schema that says nothing of what is below it.
bool is_open(const Json& schema) {
  return !schema.contains("properties") && !schema.contains("items") && !schema.contains("type");
}

/// What may stand under `token` of what the schemas describe.
Schemas below(const Schemas& schemas, const std::string& token) {
  Schemas found;
  for (const Json* schema : schemas) {
    if (is_open(*schema)) found.push_back(schema);
    if (schema->contains("properties")) {
      const Json& properties = (*schema)["properties"];
      const auto property = properties.find(token);
      if (property != properties.end()) append_choices(*property, found);
    }
    const auto others = schema->find("additionalProperties");
    if (others != schema->end() && others->is_object()) append_choices(*others, found);
    if (schema->contains("items") && is_index(token)) append_choices((*schema)["items"], found);
  }
  return found;
}

std::string keys_of(const Schemas& schemas) {
  std::set<std::string> keys;
  for (const Json* schema : schemas) {
    if (!schema->contains("properties")) continue;
    for (const auto& [key, value] : (*schema)["properties"].items()) keys.insert(key);
  }
  keys.erase("$schema");
  return Json(keys).dump();
}

std::vector<std::string> tokens_of(const std::string& pointer) {
  std::vector<std::string> tokens;
  for (Json::json_pointer rest(pointer); !rest.empty(); rest.pop_back()) {
    tokens.insert(tokens.begin(), rest.back());
  }
  return tokens;
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  return type == "null" && value.is_null();
}

std::optional<std::string> refusal_of(const Json& schema, const Json& value,
                                      RunPlaces::Extent extent) {
  const std::string found = ", found " + value.dump();
  if (schema.contains("type")) {
    const Json& type = schema["type"];
    const Json types = type.is_array() ? type : Json::array({type});
    const bool is_one = std::any_of(types.begin(), types.end(), [&](const Json& each) {
      return has_type(value, each.get<std::string>());
    });
    if (!is_one) return "expected " + types.dump() + found;
  }
  if (schema.contains("enum")) {
    const Json& choices = schema["enum"];
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
      return "expected one of " + choices.dump() + found;
    }
  }
  if (extent == RunPlaces::Extent::kType || !value.is_number()) return std::nullopt;
  if (schema.contains("minimum") && value < schema["minimum"]) {
    return "expected at least " + schema["minimum"].dump() + found;
  }
  if (schema.contains("maximum") && value > schema["maximum"]) {
    return "expected at most " + schema["maximum"].dump() + found;
  }
  return std::nullopt;
}

}  // namespace

RunPlaces::RunPlaces() : schema_(make_schema("run")) {}

void RunPlaces::require_place(const std::string& pointer) const {
  if (can_be_set_in_trace(pointer)) return;
  Schemas here = {&schema_};
  std::string place;
  for (const std::string& token : tokens_of(pointer)) {
    const Schemas next = below(here, token);
    place += "/" + escape_pointer_token(token);
    if (next.empty()) {
      throw ConfigError(
          "", fmt::format("no run has a place {}; expected one of {}", place, keys_of(here)));
    }
    here = next;
  }
}

std::optional<std::string> RunPlaces::refusal(const std::string& pointer, const Json& value,
                                              Extent extent) const {
  Schemas here = {&schema_};
  for (const std::string& token : tokens_of(pointer)) here = below(here, token);
  std::optional<std::string> first;
  for (const Json* schema : here) {
    std::optional<std::string> refusal = refusal_of(*schema, value, extent);
    if (!refusal) return std::nullopt;
    if (!first) first = std::move(refusal);
  }
  return first;
}

}  // namespace vitcod
