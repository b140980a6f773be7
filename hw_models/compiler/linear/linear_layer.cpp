// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_layer.hpp"

#include <algorithm>

namespace vitcod {
namespace {

std::uint32_t heads_of(const Tensor& tensor) {
  return tensor.shape.size() == 3 ? tensor.shape[0] : 1;
}

/// Whether the operation is a linear layer that has the tensor for W.
bool reads_as_weights(const Operation& operation, TensorId weights) {
  const auto has = [&](std::size_t place) {
    return operation.inputs.size() > place && operation.inputs[place] == weights;
  };
  if (std::holds_alternative<DenseLinear>(operation.params)) return has(1);
  return std::holds_alternative<RoutedLinear>(operation.params) && (has(2) || has(5));
}

bool is_read_by_another(const Trace& trace, TensorId weights, const Operation& reader) {
  return std::any_of(trace.operations.begin(), trace.operations.end(),
                     [&](const Operation& operation) {
                       return &operation != &reader && reads_as_weights(operation, weights);
                     });
}

/// X, Y and what follows from their shapes; the layer has its product.
void set_operands(const Trace& trace, const Operation& operation, LinearLayer& layer) {
  layer.layer = operation.layer;
  layer.name = operation.name;
  layer.input = operation.inputs[0];
  const Tensor& input = trace.tensor(layer.input);
  layer.input_heads = heads_of(input);
  layer.input_rows = input.shape[input.shape.size() - 2];
  layer.output = operation.outputs[0];
  const Tensor& output = trace.tensor(layer.output);
  layer.output_heads = heads_of(output);
  layer.output_rows = output.shape[output.shape.size() - 2];
  layer.makes_codes = output.bits == 1;
  layer.result_bytes = layer.makes_codes ? 1 : output.bits / 8;
  if (layer.product.residual) {
    layer.residual = operation.inputs.back();
    layer.residual_rows = trace.tensor(*layer.residual).shape[0];
  }
}

/// W and its constants, which are the inputs from `first` on.
void set_weights(const Trace& trace, const Operation& operation, std::size_t first,
                 LinearLayer& layer) {
  layer.weights = operation.inputs[first];
  layer.shares_weights = is_read_by_another(trace, layer.weights, operation);
  layer.bias = operation.inputs[first + 1];
  layer.requantisation = operation.inputs[first + 2];
}

const RouterSplit* split_of(const Trace& trace, TensorId order) {
  for (const Operation& operation : trace.operations) {
    const auto* split = std::get_if<RouterSplit>(&operation.params);
    if (split != nullptr && operation.outputs == std::vector<TensorId>{order}) return split;
  }
  return nullptr;
}

}  // namespace

std::uint32_t LinearLayer::num_runs() const {
  std::uint32_t runs = 1;
  for (std::size_t i = 1; i < tokens.size(); ++i) runs += tokens[i] != tokens[i - 1] + 1 ? 1 : 0;
  return runs;
}

LinearLayer find_linear(OperationIndex& index, std::size_t position) {
  index.take(position);
  const Trace& trace = index.trace();
  const Operation& operation = index.operation(position);
  LinearLayer layer;
  layer.product = std::get<DenseLinear>(operation.params);
  const std::size_t num_inputs = layer.product.residual ? 5 : 4;
  if (operation.inputs.size() != num_inputs || operation.outputs.size() != 1) {
    fail(operation, "expected X, W, bias, requantisation and perhaps a residual in, Y out");
  }
  if (layer.product.primitive == Primitive::kAdd) {
    fail(operation, "the MAC lines multiply or shift in a linear layer, they do not add alone");
  }
  for (TensorId input : operation.inputs) index.require_in_dram(operation, input);
  set_operands(trace, operation, layer);
  set_weights(trace, operation, 1, layer);
  return layer;
}

std::vector<LinearLayer> find_experts(OperationIndex& index, std::size_t position) {
  index.take(position);
  const Trace& trace = index.trace();
  const Operation& operation = index.operation(position);
  const auto& routed = std::get<RoutedLinear>(operation.params);
  const RouterSplit* split =
      operation.inputs.size() > 1 ? split_of(trace, operation.inputs[1]) : nullptr;
  if (split == nullptr || operation.inputs.size() != (routed.residual ? 9U : 8U) ||
      operation.outputs.size() != 1) {
    fail(operation,
         "expected X, the order of a router_split, W, bias and requantisation of two experts and "
         "perhaps a residual in, Y out");
  }
  for (TensorId input : operation.inputs) index.require_in_dram(operation, input);
  std::vector<LinearLayer> parts;
  const std::span<const std::uint32_t> order(split->order);
  for (const bool is_first : {true, false}) {
    LinearLayer layer;
    layer.tokens = is_first ? order.first(routed.m_first) : order.subspan(routed.m_first);
    if (layer.tokens.empty()) continue;
    layer.product.m = static_cast<std::uint32_t>(layer.tokens.size());
    layer.product.k = routed.k;
    layer.product.n = routed.n;
    layer.product.primitive = is_first ? Primitive::kMultiply : Primitive::kShift;
    layer.product.activation = routed.activation;
    layer.product.input_activation = routed.input_activation;
    layer.product.residual = routed.residual;
    layer.routed = &operation;
    layer.loads_order = parts.empty();
    layer.is_first_part = is_first && routed.m_first < routed.m;
    set_operands(trace, operation, layer);
    set_weights(trace, operation, is_first ? 2 : 5, layer);
    parts.push_back(std::move(layer));
  }
  return parts;
}

}  // namespace vitcod
