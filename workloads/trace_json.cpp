// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace_json.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "sim/base/config_reader.hpp"
#include "workloads/trace_enums.hpp"
#include "workloads/trace_fields.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kMaxBits = 64;
constexpr double kMaxElements = 0x1p48;
constexpr std::uint32_t kMaxTokens = 1U << 24;
constexpr std::uint32_t kMaxHeads = 1U << 16;
constexpr std::uint64_t kMaxHeadEntries = std::uint64_t{1} << 31;

struct LayerRecord {
  std::string name;
};
struct MapRecord {
  std::uint32_t num_queries = 0, num_keys = 0, num_heads = 0;
  std::optional<bool> is_uncut;
};
struct RestrictionRecord {
  std::uint32_t map = 0, source = 0;
  std::vector<std::uint32_t> origins;
};
struct PredictionRecord {
  std::uint32_t map = 0, source = 0;
  std::string query, key;
  std::uint32_t threshold = 0;
};
struct OperationRecord {
  std::string name, layer;
  OperationParams params;
  std::vector<std::string> inputs, outputs;
};
struct TraceRecord {
  std::uint32_t schema_version = 0;
  std::string name, provenance;
  std::uint64_t value_seed = 0;
  std::optional<std::uint64_t> token_seed;
  std::vector<LayerRecord> layers;
  std::vector<Tensor> tensors;
  std::vector<MapRecord> maps;
  std::vector<RestrictionRecord> restrictions;
  std::vector<PredictionRecord> predictions;
  std::vector<OperationRecord> operations;
};

/// Reads a field of an operation from its object.
struct ReadField {
  ConfigReader& reader;

  void operator()(const char* name, std::uint32_t& value) const {
    reader.required(name, value, "see workloads/operation_params.hpp");
  }
  void operator()(const char* name, double& value) const {
    reader.required(name, value, "see workloads/operation_params.hpp");
  }
  void operator()(const char* name, std::vector<std::uint32_t>& value) const {
    reader.required(name, value, "see workloads/operation_params.hpp");
  }
  void operator()(const char* name, MapId& value) const {
    std::uint32_t index = 0;
    reader.required(name, index, "index into the trace's maps");
    value = MapId{index};
  }
  void operator()(const char* name, Primitive& value) const {
    reader.required_enum(name, value, EnumNames<Primitive>(kPrimitives), "how products are formed");
  }
  void operator()(const char* name, Activation& value) const {
    reader.required_enum(name, value, EnumNames<Activation>(kActivations),
                         "function of one element");
  }
  void operator()(const char* name, SelectionRule& value) const {
    reader.required_enum(name, value, EnumNames<SelectionRule>(kSelectionRules),
                         "which tokens are kept");
  }
  void operator()(const char* name, bool& value) const {
    reader.required(name, value, "see workloads/operation_params.hpp");
  }
  void operator()(const char* name, std::optional<Window>& value) const {
    reader.optional_object(name, value, "how rows are gathered from a grid; absent: as they lie");
  }
};

using KindTable =
    std::array<std::pair<std::string_view, std::size_t>, std::variant_size_v<OperationParams>>;

/// One operation of each kind, all fields zero, in the order of OperationParams.
template <std::size_t... kIndex>
std::array<OperationParams, sizeof...(kIndex)> blank_operations(std::index_sequence<kIndex...>) {
  return {OperationParams(std::in_place_index<kIndex>)...};
}

OperationParams blank_operation(ConfigReader& reader) {
  static const auto blanks =
      blank_operations(std::make_index_sequence<std::variant_size_v<OperationParams>>());
  static const KindTable kinds = [] {
    KindTable table;
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = {kind_name(blanks[i]), i};
    return table;
  }();
  std::size_t kind = 0;
  reader.required_enum("kind", kind, EnumNames<std::size_t>(kinds), "the kind of operation");
  return blanks[kind];
}

void read(ConfigReader& reader, LayerRecord& layer) {
  reader.required("name", layer.name, "name of the layer in reports");
}

void read(ConfigReader& reader, MapRecord& map) {
  const Range<std::uint32_t> tokens{1, kMaxTokens};
  reader.required("num_queries", map.num_queries, "rows", tokens);
  reader.required("num_keys", map.num_keys, "columns", tokens);
  reader.required("num_heads", map.num_heads, "heads", Range<std::uint32_t>{1, kMaxHeads});
  reader.optional("is_uncut", map.is_uncut,
                  "columns are sorted, and how many are denser is left to the compiler");
  reader.require(std::uint64_t{map.num_queries} * map.num_keys <= kMaxHeadEntries, "num_keys",
                 fmt::format("{} x {} entries in a head's map; expected at most 2^31",
                             map.num_queries, map.num_keys));
}

void read(ConfigReader& reader, RestrictionRecord& restriction) {
  reader.required("map", restriction.map, "index of the restricted map");
  reader.required("source", restriction.source, "index of the map that it is made of");
  reader.required("origins", restriction.origins, "kept tokens of the source, ascending");
}

void read(ConfigReader& reader, PredictionRecord& prediction) {
  reader.required("map", prediction.map, "index of the predicted map");
  reader.required("source", prediction.source, "index of the map that Q and K are made around");
  reader.required("query", prediction.query, "name of Q");
  reader.required("key", prediction.key, "name of K");
  reader.required("threshold", prediction.threshold,
                  "least share of a row's attention that is kept, 16 fraction bits");
}

void read(ConfigReader& reader, OperationRecord& operation) {
  // Without its kind an operation's other keys mean nothing.
  if (!reader.has("kind")) throw ConfigError("/kind", "required key is missing");
  operation.params = blank_operation(reader);
  reader.required("name", operation.name, "unique name");
  reader.required("layer", operation.layer, "name of the layer its figures belong to");
  std::visit([&reader](auto& params) { visit_fields(params, ReadField{reader}); },
             operation.params);
  reader.required("inputs", operation.inputs, "names of tensors");
  reader.required("outputs", operation.outputs, "names of tensors");
}

void read(ConfigReader& reader, TraceRecord& trace) {
  reader.required("schema_version", trace.schema_version, "version of this format");
  reader.require(trace.schema_version == kTraceSchemaVersion, "schema_version",
                 fmt::format("expected {}, found {}", kTraceSchemaVersion, trace.schema_version));
  reader.required("name", trace.name, "name of the workload");
  if (const Json* provenance = reader.raw("provenance", "what the trace was made from")) {
    if (!provenance->is_null()) trace.provenance = provenance->dump();
  }
  reader.required("value_seed", trace.value_seed, "seed of the operands' values");
  reader.optional("token_seed", trace.token_seed,
                  "seed of the values that tokens are selected by; absent: 0");
  reader.required_list("layers", trace.layers, "layers in order");
  reader.required_list("tensors", trace.tensors, "tensors");
  reader.required_list("maps", trace.maps, "shapes of the attention maps");
  reader.optional_list("restrictions", trace.restrictions,
                       "maps that are others restricted to kept tokens");
  reader.optional_list("predictions", trace.predictions, "maps that are predicted in the run");
  reader.required_list("operations", trace.operations, "operations in program order");
}

/// Indices by name. Throws ConfigError for a name that stands twice; `table` is the list's key.
template <typename Named>
std::map<std::string, std::uint32_t> index_names(const std::vector<Named>& list,
                                                 const char* table) {
  std::map<std::string, std::uint32_t> indices;
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    if (!indices.emplace(list[i].name, i).second) {
      throw ConfigError(fmt::format("/{}/{}/name", table, i),
                        fmt::format("\"{}\" stands twice", list[i].name));
    }
  }
  return indices;
}

/// Throws ConfigError for the index of a map that is not there.
void check_map_index(const TraceRecord& record, const std::string& pointer, std::uint32_t map) {
  if (map < record.maps.size()) return;
  throw ConfigError(pointer, fmt::format("{} is not one of the {} maps", map, record.maps.size()));
}

/// Turns the names in operations into indices.
class OperationResolver {
 public:
  explicit OperationResolver(const TraceRecord& record)
      : record_(record),
        layers_(index_names(record.layers, "layers")),
        tensors_(index_names(record.tensors, "tensors")) {
    index_names(record.operations, "operations");
  }

  Operation resolve(std::size_t index) const {
    const OperationRecord& record = record_.operations[index];
    const std::string pointer = fmt::format("/operations/{}", index);
    Operation operation{record.name, find(layers_, record.layer, pointer + "/layer", "layer"),
                        record.params, tensor_ids(record.inputs, pointer + "/inputs"),
                        tensor_ids(record.outputs, pointer + "/outputs")};
    std::visit(
        [&](const auto& params) {
          visit_fields(params, CheckMap{pointer, record_});
        },
        operation.params);
    return operation;
  }

  /// Throws ConfigError for a map or a tensor that is not there, or out of order.
  std::vector<MapPrediction> predictions() const {
    std::vector<MapPrediction> predictions;
    for (const PredictionRecord& record : record_.predictions) {
      const std::string pointer = fmt::format("/predictions/{}", predictions.size());
      check_map_index(record_, pointer + "/map", record.map);
      check_map_index(record_, pointer + "/source", record.source);
      if (!predictions.empty() &&
          record.map <= static_cast<std::uint32_t>(predictions.back().map)) {
        throw ConfigError(pointer + "/map", "expected predicted maps in ascending order");
      }
      predictions.push_back({MapId{record.map}, MapId{record.source},
                             TensorId{find(tensors_, record.query, pointer + "/query", "tensor")},
                             TensorId{find(tensors_, record.key, pointer + "/key", "tensor")},
                             record.threshold});
    }
    return predictions;
  }

 private:
  struct CheckMap {
    const std::string& pointer;
    const TraceRecord& record;

    void operator()(const char* name, MapId map) const {
      check_map_index(record, pointer + "/" + name, static_cast<std::uint32_t>(map));
    }
    template <typename Other>
    void operator()(const char*, const Other&) const {}
  };

  static std::uint32_t find(const std::map<std::string, std::uint32_t>& indices,
                            const std::string& name, const std::string& pointer, const char* what) {
    const auto found = indices.find(name);
    if (found != indices.end()) return found->second;
    throw ConfigError(pointer, fmt::format("no {} is named \"{}\"", what, name));
  }

  std::vector<TensorId> tensor_ids(const std::vector<std::string>& names,
                                   const std::string& pointer) const {
    std::vector<TensorId> ids;
    for (std::size_t i = 0; i < names.size(); ++i) {
      ids.push_back(TensorId{find(tensors_, names[i], fmt::format("{}/{}", pointer, i), "tensor")});
    }
    return ids;
  }

  const TraceRecord& record_;
  std::map<std::string, std::uint32_t> layers_;
  std::map<std::string, std::uint32_t> tensors_;
};

/// Throws ConfigError for a map that is not there, or out of order.
std::vector<MapRestriction> resolve_restrictions(const TraceRecord& record) {
  std::vector<MapRestriction> restrictions;
  for (const RestrictionRecord& restriction : record.restrictions) {
    const std::string pointer = fmt::format("/restrictions/{}", restrictions.size());
    check_map_index(record, pointer + "/map", restriction.map);
    check_map_index(record, pointer + "/source", restriction.source);
    if (!restrictions.empty() &&
        restriction.map <= static_cast<std::uint32_t>(restrictions.back().map)) {
      throw ConfigError(pointer + "/map", "expected restricted maps in ascending order");
    }
    restrictions.push_back(
        {MapId{restriction.map}, MapId{restriction.source}, restriction.origins});
  }
  return restrictions;
}

}  // namespace

void read(ConfigReader& reader, Window& window) { visit_fields(window, ReadField{reader}); }

void read(ConfigReader& reader, Tensor& tensor) {
  reader.required("name", tensor.name, "unique name");
  reader.required("shape", tensor.shape, "extents, outermost first", at_least(1U), Length{1});
  const double num_elements =
      std::accumulate(tensor.shape.begin(), tensor.shape.end(), 1.0, std::multiplies<>());
  reader.require(num_elements <= kMaxElements, "shape", "more than 2^48 elements");
  reader.required("bits", tensor.bits, "width of an element", Range<std::uint32_t>{1, kMaxBits});
}

Trace trace_from_json(const Json& json) {
  const auto record = read_config<TraceRecord>(json);
  const OperationResolver resolver(record);
  Trace trace;
  trace.name = record.name;
  trace.provenance = record.provenance;
  trace.value_seed = record.value_seed;
  trace.token_seed = record.token_seed.value_or(0);
  for (const LayerRecord& layer : record.layers) trace.layers.push_back({layer.name});
  trace.tensors = record.tensors;
  for (const MapRecord& map : record.maps) {
    trace.maps.push_back({map.num_queries, map.num_keys, {}, map.is_uncut.value_or(false)});
    trace.maps.back().heads.resize(map.num_heads);
  }
  trace.restrictions = resolve_restrictions(record);
  trace.predictions = resolver.predictions();
  for (std::size_t i = 0; i < record.operations.size(); ++i) {
    trace.operations.push_back(resolver.resolve(i));
  }
  return trace;
}

}  // namespace vitcod
