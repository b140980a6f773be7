// SPDX-License-Identifier: Apache-2.0
#include "sim/formula/script_workload.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/errors.hpp"
#include "sim/base/json.hpp"
#include "workloads/model_config.hpp"

namespace vitcod {
namespace {

/// The widths that a model gives for its attention blocks, by name; empty if the trace does not
/// tell its model.
std::map<std::string, ScriptWidths> widths_of(const Trace& trace) {
  std::map<std::string, ScriptWidths> widths;
  const Json provenance = Json::parse(trace.provenance, nullptr, false);
  if (!provenance.is_object() || !provenance.contains("model")) return widths;
  ModelConfig model;
  try {
    model = read_config<ModelConfig>(provenance["model"]);
  } catch (const ConfigError&) {
    return widths;  // written by another program, in words of its own
  }
  for (const AttentionBlock& block : attention_blocks(model)) {
    const AttentionGroup& group = model.groups[block.group];
    if (!group.width_in || !group.width_out || !group.mlp_hidden) continue;
    widths[block.name] = {*group.width_in, *group.width_out, *group.mlp_hidden};
  }
  return widths;
}

/// The attention of one layer, as far as its operations have been seen.
struct Found {
  const Sddmm* scores = nullptr;
  const Spmm* outputs = nullptr;
  const HeadMixDecode* decoding = nullptr;
};

std::vector<Found> find_attention(const Trace& trace) {
  std::vector<Found> found(trace.layers.size());
  for (const Operation& operation : trace.operations) {
    Found& layer = found[operation.layer];
    const auto* scores = std::get_if<Sddmm>(&operation.params);
    const auto* outputs = std::get_if<Spmm>(&operation.params);
    if ((scores != nullptr && layer.scores != nullptr) ||
        (outputs != nullptr && layer.outputs != nullptr)) {
      throw InputError(fmt::format("formula: layer \"{}\" has more than one attention block",
                                   trace.layers[operation.layer].name));
    }
    if (scores != nullptr) layer.scores = scores;
    if (outputs != nullptr) layer.outputs = outputs;
    const auto* decoding = std::get_if<HeadMixDecode>(&operation.params);
    if (decoding != nullptr) layer.decoding = decoding;
  }
  return found;
}

ScriptLayer script_layer(const std::string& name, const PolarizedMap& map, const Found& found) {
  const PolarizedHead& head = map.heads.front();
  ScriptLayer layer;
  layer.name = name;
  layer.heads = map.heads.size();
  if (found.decoding != nullptr) layer.compressed_heads = found.decoding->heads_in;
  layer.queries = map.num_queries;
  layer.keys = map.num_keys;
  layer.key_dim = found.scores->features;
  layer.value_dim = found.outputs->features;
  layer.global_tokens = head.num_denser;
  layer.sparse_entries = head.sparser.nnz();
  return layer;
}

}  // namespace

std::vector<ScriptLayer> script_layers(const Trace& trace) {
  const std::map<std::string, ScriptWidths> widths = widths_of(trace);
  const std::vector<Found> found = find_attention(trace);
  std::vector<ScriptLayer> layers;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string& name = trace.layers[i].name;
    if (found[i].scores == nullptr || found[i].outputs == nullptr) {
      throw InputError(fmt::format(
          "formula: layer \"{}\" has no attention block; the script has no other layers", name));
    }
    layers.push_back(script_layer(name, trace.map(found[i].scores->map), found[i]));
    if (const auto known = widths.find(name); known != widths.end()) {
      layers.back().widths = known->second;
    }
  }
  return layers;
}

}  // namespace vitcod
