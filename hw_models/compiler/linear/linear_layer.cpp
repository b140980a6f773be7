// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_layer.hpp"

#include <algorithm>

namespace vitcod {
namespace {

std::uint32_t heads_of(const Tensor& tensor) {
  return tensor.shape.size() == 3 ? tensor.shape[0] : 1;
}

bool is_read_by_another(const Trace& trace, TensorId weights, const Operation& reader) {
  return std::any_of(
      trace.operations.begin(), trace.operations.end(), [&](const Operation& operation) {
        return &operation != &reader && std::holds_alternative<DenseLinear>(operation.params) &&
               operation.inputs.size() > 1 && operation.inputs[1] == weights;
      });
}

}  // namespace

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
  if (layer.product.primitive != Primitive::kMultiply) {
    fail(operation, "the MAC lines multiply, they neither shift nor add alone");
  }
  for (TensorId input : operation.inputs) index.require_in_dram(operation, input);
  layer.layer = operation.layer;
  layer.name = operation.name;
  layer.input = operation.inputs[0];
  const Tensor& input = trace.tensor(layer.input);
  layer.input_heads = heads_of(input);
  layer.input_rows = input.shape[input.shape.size() - 2];
  layer.weights = operation.inputs[1];
  layer.shares_weights = is_read_by_another(trace, layer.weights, operation);
  layer.bias = operation.inputs[2];
  layer.requantisation = operation.inputs[3];
  layer.output = operation.outputs[0];
  const Tensor& output = trace.tensor(layer.output);
  layer.output_heads = heads_of(output);
  layer.result_bytes = output.bits / 8;
  if (layer.product.residual) {
    layer.residual = operation.inputs[4];
    layer.residual_rows = trace.tensor(*layer.residual).shape[0];
  }
  return layer;
}

}  // namespace vitcod
