// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/schema/result_schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/driver/result_fields.hpp"

namespace vitcod {
namespace {

/// As StatGroup::write: counts, accounts of cycles (counts by reason), and groups of the same form.
Json statistics_schema() {
  Json count = {{"type", "integer"}, {"minimum", 0}};
  Json account;
  account["type"] = "object";
  account["description"] = "cycles by reason; they add up to the run's";
  account["additionalProperties"] = count;
  Json clocks = account;
  clocks["description"] = "clocks of the DRAM by reason; they add up to /dram/clocks";
  Json group;
  group["type"] = "object";
  group["properties"]["cycles"] = account;
  group["properties"]["dram_clocks"] = clocks;
  group["additionalProperties"]["anyOf"] = {count, {{"$ref", "#/definitions/statistics"}}};
  return group;
}

/// As EnergyAccount::write: numbers below the names of blocks, their parts and counters.
Json numbers_schema() {
  Json numbers;
  numbers["type"] = {"number", "object"};
  numbers["additionalProperties"]["$ref"] = "#/definitions/numbers";
  return numbers;
}

void describe_type(ResultType type, Json& schema) {
  switch (type) {
    case ResultType::kString:
      schema["type"] = "string";
      break;
    case ResultType::kInteger:
      schema["type"] = "integer";
      schema["minimum"] = 0;
      break;
    case ResultType::kNumber:
      schema["type"] = "number";
      break;
    case ResultType::kBoolean:
      schema["type"] = "boolean";
      break;
    case ResultType::kObject:
      schema["type"] = "object";
      break;
    case ResultType::kStatistics:
      schema["allOf"] = Json::array({{{"$ref", "#/definitions/statistics"}}});
      break;
    case ResultType::kNumbers:
      schema["allOf"] = Json::array({{{"$ref", "#/definitions/numbers"}}});
  }
}

void require_key(Json& schema, const std::string& key) {
  Json& keys = schema["required"];
  if (std::find(keys.begin(), keys.end(), Json(key)) == keys.end()) keys.push_back(key);
}

/// The schema of what stands under `token`; new if there is none yet.
Json& schema_below(Json& schema, const std::string& token, bool is_optional) {
  schema["type"] = token == "-" ? "array" : "object";
  if (token == "-") return schema["items"];
  Json& others = schema["additionalProperties"];
  if (token == "*") return others.is_object() ? others : others = Json::object();
  if (others.is_null()) others = false;
  if (!is_optional) require_key(schema, token);
  return schema["properties"][token];
}

void describe_field(const ResultField& field, Json& schema) {
  Json* place = &schema;
  std::string_view rest = field.pointer;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t length = std::min(rest.find('/'), rest.size());
    place = &schema_below(*place, std::string(rest.substr(0, length)), field.is_optional);
    rest.remove_prefix(length);
  }
  describe_type(field.type, *place);
  (*place)["description"] = field.meaning;
}

}  // namespace

Json result_schema() {
  Json schema;
  for (const ResultField& field : result_fields()) describe_field(field, schema);
  schema["definitions"]["statistics"] = statistics_schema();
  schema["definitions"]["numbers"] = numbers_schema();
  return schema;
}

}  // namespace vitcod
