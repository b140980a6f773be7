// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/attention_layer.hpp"

#include <fmt/format.h>

#include "hw_models/score_unit/score_format.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod {
namespace {

/// Q or K of `sddmm`: in DRAM as it is, or through the decoder from its compressed form.
void resolve_operand(OperationIndex& index, const Operation& sddmm, TensorId operand,
                     AttentionLayer& layer, bool is_query) {
  TensorId& source = is_query ? layer.query : layer.key;
  source = operand;
  const Operation* decode = index.take_producer<HeadMixDecode>(operand);
  if (decode == nullptr) {
    index.require_in_dram(sddmm, operand);
    return;
  }
  const auto& params = std::get<HeadMixDecode>(decode->params);
  if (decode->inputs.size() != 3 || params.heads_out != layer.num_heads) {
    fail(*decode, "expected compressed heads, weights and biases for all heads of the sddmm");
  }
  for (TensorId input : decode->inputs) index.require_in_dram(*decode, input);
  source = decode->inputs[0];
  (is_query ? layer.query_weights : layer.key_weights) = decode->inputs[1];
  (is_query ? layer.query_bias : layer.key_bias) = decode->inputs[2];
  if (layer.compressed_heads != 0 && layer.compressed_heads != params.heads_in) {
    fail(*decode, "Q and K must be compressed to the same number of heads");
  }
  layer.compressed_heads = params.heads_in;
}

/// How the map of an attention block that ends with operation `spmm` is made, if it is restricted:
/// by the tokens that the last selection before it keeps.
std::optional<RestrictedIndex> restriction_of(const Trace& trace, MapId map, std::size_t spmm) {
  for (const MapRestriction& restriction : trace.restrictions) {
    if (restriction.map != map) continue;
    for (std::size_t i = spmm; i-- > 0;) {
      const Operation& operation = trace.operations[i];
      if (!std::holds_alternative<ScoreSelect>(operation.params) || has_fused_token(operation)) {
        continue;
      }
      return RestrictedIndex{&trace.map(restriction.source), operation.outputs[1]};
    }
    fail(trace.operations[spmm], "a map of kept tokens without a selection before");
  }
  return std::nullopt;
}

const MapPrediction* prediction_of(const Trace& trace, MapId map) {
  for (const MapPrediction& prediction : trace.predictions) {
    if (prediction.map == map) return &prediction;
  }
  return nullptr;
}

/// V and the output, low bits and kept tokens where there are any.
void find_values(const Operation& sddmm, const Operation& spmm, AttentionLayer& layer) {
  layer.value = spmm.inputs.at(1);
  layer.output = spmm.outputs.at(0);
  if (spmm.outputs.size() > 1) layer.kept = spmm.outputs[1];
  if (sddmm.inputs.size() <= 2) return;
  layer.query_low = sddmm.inputs[2];
  layer.key_low = sddmm.inputs.at(3);
  layer.value_low = spmm.inputs.at(2);
}

}  // namespace

AttentionLayer find_attention(OperationIndex& index, std::size_t spmm_index) {
  const Trace& trace = index.trace();
  const Operation& spmm = trace.operations[spmm_index];
  index.take(spmm_index);
  const Operation* normalise = index.take_producer<RowNormalise>(spmm.inputs.at(0));
  if (normalise == nullptr) normalise = index.take_producer<ScoreElementwise>(spmm.inputs.at(0));
  if (normalise == nullptr) {
    fail(spmm, "expected scores from a row_normalise or score_elementwise operation");
  }
  const Operation* sddmm = index.take_producer<Sddmm>(normalise->inputs.at(0));
  if (sddmm == nullptr) fail(*normalise, "expected scores from an sddmm operation");

  const auto& params = std::get<Sddmm>(sddmm->params);
  if (params.features > kMaxScoreFeatures) {
    fail(*sddmm, fmt::format("a score of {} features may take more than {} bits; at most {} fit",
                             params.features, kRawScoreBits, kMaxScoreFeatures));
  }
  AttentionLayer layer;
  layer.layer = spmm.layer;
  layer.name = trace.layers.at(spmm.layer).name;
  layer.map = &trace.map(params.map);
  layer.restricted = restriction_of(trace, params.map, spmm_index);
  layer.prediction = prediction_of(trace, params.map);
  layer.num_heads = static_cast<std::uint32_t>(layer.map->heads.size());
  layer.num_queries = layer.map->num_queries;
  layer.num_keys = layer.map->num_keys;
  layer.query_features = params.features;
  layer.value_features = std::get<Spmm>(spmm.params).features;
  const auto* sigmoid = std::get_if<ScoreElementwise>(&normalise->params);
  if (sigmoid != nullptr) layer.sigmoid_bias = sigmoid->bias;
  find_values(*sddmm, spmm, layer);
  index.require_in_dram(spmm, layer.value);
  resolve_operand(index, *sddmm, sddmm->inputs.at(0), layer, true);
  resolve_operand(index, *sddmm, sddmm->inputs.at(1), layer, false);
  if (layer.query_weights.has_value() != layer.key_weights.has_value()) {
    fail(*sddmm, "Q and K must both be compressed, or neither");
  }
  return layer;
}

}  // namespace vitcod
