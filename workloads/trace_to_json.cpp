// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "workloads/trace_enums.hpp"
#include "workloads/trace_fields.hpp"
#include "workloads/trace_json.hpp"

namespace vitcod {
namespace {

/// Adds a field of an operation to its object.
struct WriteField {
  Json& json;

  void operator()(const char* name, std::uint32_t value) const { json[name] = value; }
  void operator()(const char* name, double value) const { json[name] = value; }
  void operator()(const char* name, const std::vector<std::uint32_t>& value) const {
    json[name] = value;
  }
  void operator()(const char* name, MapId value) const {
    json[name] = static_cast<std::uint32_t>(value);
  }
  void operator()(const char* name, Primitive value) const {
    json[name] = kPrimitives.at(static_cast<std::size_t>(value)).first;
  }
  void operator()(const char* name, Activation value) const {
    json[name] = kActivations.at(static_cast<std::size_t>(value)).first;
  }
  void operator()(const char* name, SelectionRule value) const {
    json[name] = kSelectionRules.at(static_cast<std::size_t>(value)).first;
  }
  void operator()(const char* name, bool value) const { json[name] = value; }
  void operator()(const char* name, const std::optional<Window>& value) const {
    if (!value) return;
    json[name] = Json::object();
    visit_fields(*value, WriteField{json[name]});
  }
};

Json names_of(const Trace& trace, const std::vector<TensorId>& ids) {
  Json names = Json::array();
  for (const TensorId id : ids) names.push_back(trace.tensor(id).name);
  return names;
}

Json operation_to_json(const Trace& trace, const Operation& operation) {
  Json json = {{"name", operation.name},
               {"layer", trace.layers.at(operation.layer).name},
               {"kind", kind_name(operation.params)}};
  std::visit([&json](const auto& params) { visit_fields(params, WriteField{json}); },
             operation.params);
  json["inputs"] = names_of(trace, operation.inputs);
  json["outputs"] = names_of(trace, operation.outputs);
  return json;
}

}  // namespace

Json trace_to_json(const Trace& trace) {
  Json json = {{"schema_version", kTraceSchemaVersion},
               {"name", trace.name},
               {"provenance",
                trace.provenance.empty() ? Json() : parse_json(trace.provenance, "provenance")},
               {"value_seed", trace.value_seed}};
  if (trace.token_seed != 0) json["token_seed"] = trace.token_seed;
  for (const char* list : {"layers", "tensors", "maps"}) json[list] = Json::array();
  for (const Layer& layer : trace.layers) json["layers"].push_back({{"name", layer.name}});
  for (const Tensor& tensor : trace.tensors) {
    json["tensors"].push_back(
        {{"name", tensor.name}, {"shape", tensor.shape}, {"bits", tensor.bits}});
  }
  for (const PolarizedMap& map : trace.maps) {
    json["maps"].push_back({{"num_queries", map.num_queries},
                            {"num_keys", map.num_keys},
                            {"num_heads", map.heads.size()}});
    if (map.is_uncut) json["maps"].back()["is_uncut"] = true;
  }
  for (const MapRestriction& restriction : trace.restrictions) {
    json["restrictions"].push_back({{"map", static_cast<std::uint32_t>(restriction.map)},
                                    {"source", static_cast<std::uint32_t>(restriction.source)},
                                    {"origins", restriction.origins}});
  }
  for (const MapPrediction& prediction : trace.predictions) {
    json["predictions"].push_back({{"map", static_cast<std::uint32_t>(prediction.map)},
                                   {"source", static_cast<std::uint32_t>(prediction.source)},
                                   {"query", trace.tensor(prediction.query).name},
                                   {"key", trace.tensor(prediction.key).name},
                                   {"threshold", prediction.threshold}});
  }
  json["operations"] = Json::array();
  for (const Operation& operation : trace.operations) {
    json["operations"].push_back(operation_to_json(trace, operation));
  }
  return json;
}

}  // namespace vitcod
