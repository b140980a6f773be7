// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/attention_layer.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

/// Follows tensors back to the operations that produce them, and counts which operations an
/// attention block has taken.
class OperationIndex {
 public:
  explicit OperationIndex(const Trace& trace) : trace_(trace), taken_(trace.operations.size()) {
    for (std::size_t i = 0; i < trace.operations.size(); ++i) {
      for (TensorId output : trace.operations[i].outputs) producer_[output] = i;
    }
  }

  /// The operation that produces `tensor` if it is a `Params`, which is then taken; else null.
  template <typename Params>
  const Operation* take_producer(TensorId tensor) {
    const auto found = producer_.find(tensor);
    if (found == producer_.end()) return nullptr;
    const Operation& operation = trace_.operations[found->second];
    if (!std::holds_alternative<Params>(operation.params)) return nullptr;
    taken_[found->second] = true;
    return &operation;
  }

  /// Made by an operation whose result this machine does not leave in DRAM.
  bool has_producer(TensorId tensor) const {
    const auto found = producer_.find(tensor);
    return found != producer_.end() &&
           !std::holds_alternative<HeadMixEncode>(trace_.operations[found->second].params);
  }
  void take(std::size_t index) { taken_[index] = true; }

  void require_all_taken() const {
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i]) continue;
      const Operation& operation = trace_.operations[i];
      throw InputError(
          fmt::format("operation {} ({}): this machine runs head_mix_encode and attention blocks "
                      "(head_mix_decode, sddmm, row_normalise, spmm) and has no unit for it",
                      operation.name, kind_name(operation.params)));
    }
  }

 private:
  const Trace& trace_;
  std::vector<bool> taken_;
  std::unordered_map<TensorId, std::size_t> producer_;
};

[[noreturn]] void fail(const Operation& operation, const std::string& message) {
  throw InputError("operation " + operation.name + ": " + message);
}

/// Q or K of `sddmm`: in DRAM as it is, or through the decoder from its compressed form.
void resolve_operand(OperationIndex& index, const Operation& sddmm, TensorId operand,
                     AttentionLayer& layer, bool is_query) {
  TensorId& source = is_query ? layer.query : layer.key;
  source = operand;
  const Operation* decode = index.take_producer<HeadMixDecode>(operand);
  if (decode == nullptr) {
    if (index.has_producer(operand)) fail(sddmm, "an operand comes from an unsupported operation");
    return;
  }
  const auto& params = std::get<HeadMixDecode>(decode->params);
  if (decode->inputs.size() != 3 || params.heads_out != layer.num_heads) {
    fail(*decode, "expected compressed heads, weights and biases for all heads of the sddmm");
  }
  for (TensorId input : decode->inputs) {
    if (index.has_producer(input)) fail(*decode, "an operand comes from an unsupported operation");
  }
  source = decode->inputs[0];
  (is_query ? layer.query_weights : layer.key_weights) = decode->inputs[1];
  (is_query ? layer.query_bias : layer.key_bias) = decode->inputs[2];
  if (layer.compressed_heads != 0 && layer.compressed_heads != params.heads_in) {
    fail(*decode, "Q and K must be compressed to the same number of heads");
  }
  layer.compressed_heads = params.heads_in;
}

AttentionLayer resolve(const Trace& trace, OperationIndex& index, std::size_t spmm_index) {
  const Operation& spmm = trace.operations[spmm_index];
  index.take(spmm_index);
  const Operation* normalise = index.take_producer<RowNormalise>(spmm.inputs.at(0));
  if (normalise == nullptr) fail(spmm, "expected scores from a row_normalise operation");
  const Operation* sddmm = index.take_producer<Sddmm>(normalise->inputs.at(0));
  if (sddmm == nullptr) fail(*normalise, "expected scores from an sddmm operation");

  const auto& params = std::get<Sddmm>(sddmm->params);
  AttentionLayer layer;
  layer.layer = spmm.layer;
  layer.position = spmm_index;
  layer.name = trace.layers.at(spmm.layer).name;
  layer.map = &trace.map(params.map);
  layer.num_heads = static_cast<std::uint32_t>(layer.map->heads.size());
  layer.num_queries = layer.map->num_queries;
  layer.num_keys = layer.map->num_keys;
  layer.query_features = params.features;
  layer.value_features = std::get<Spmm>(spmm.params).features;
  layer.value = spmm.inputs.at(1);
  layer.output = spmm.outputs.at(0);
  if (index.has_producer(layer.value)) fail(spmm, "V comes from an unsupported operation");
  resolve_operand(index, *sddmm, sddmm->inputs.at(0), layer, true);
  resolve_operand(index, *sddmm, sddmm->inputs.at(1), layer, false);
  if (layer.query_weights.has_value() != layer.key_weights.has_value()) {
    fail(*sddmm, "Q and K must both be compressed, or neither");
  }
  return layer;
}

EncodeLayer resolve_encode(OperationIndex& index, const Operation& operation,
                           std::size_t position) {
  index.take(position);
  if (operation.inputs.size() != 3 || operation.outputs.size() != 1) {
    fail(operation, "expected heads, weights and biases in, compressed heads out");
  }
  for (TensorId input : operation.inputs) {
    if (index.has_producer(input))
      fail(operation, "an operand comes from an unsupported operation");
  }
  const auto& params = std::get<HeadMixEncode>(operation.params);
  EncodeLayer layer;
  layer.layer = operation.layer;
  layer.position = position;
  layer.name = operation.name;
  layer.heads_in = params.heads_in;
  layer.heads_out = params.heads_out;
  layer.num_tokens = params.tokens;
  layer.features = params.features;
  layer.input = operation.inputs[0];
  layer.weights = operation.inputs[1];
  layer.bias = operation.inputs[2];
  layer.output = operation.outputs[0];
  return layer;
}

}  // namespace

LayerProgram find_layers(const Trace& trace) {
  OperationIndex index(trace);
  LayerProgram layers;
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const Operation& operation = trace.operations[i];
    if (std::holds_alternative<Spmm>(operation.params)) {
      layers.attention.push_back(resolve(trace, index, i));
    } else if (std::holds_alternative<HeadMixEncode>(operation.params)) {
      layers.encode.push_back(resolve_encode(index, operation, i));
    }
  }
  index.require_all_taken();
  return layers;
}

}  // namespace vitcod
