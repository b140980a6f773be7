// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear_attention/linear_attention_layer.hpp"

namespace vitcod {

LinearAttentionLayer find_linear_attention(OperationIndex& index, std::size_t position) {
  index.take(position);
  const Operation& operation = index.operation(position);
  LinearAttentionLayer layer;
  layer.attention = std::get<LinearAttention>(operation.params);
  if (layer.attention.primitive == Primitive::kShift) {
    fail(operation, "the lines multiply or add in linear attention, they do not shift");
  }
  for (const TensorId input : operation.inputs) index.require_in_dram(operation, input);
  layer.layer = operation.layer;
  layer.name = operation.name;
  layer.query = operation.inputs[0];
  layer.key = operation.inputs[1];
  layer.value = operation.inputs[2];
  layer.inner_words = operation.inputs[3];
  if (!layer.attention.normalise) layer.output_words = operation.inputs[4];
  if (layer.attention.residual) layer.residual = operation.inputs.back();
  layer.output = operation.outputs[0];
  layer.inner = operation.outputs[1];
  if (layer.attention.normalise) layer.sums = operation.outputs[2];
  layer.result_bytes = index.trace().tensor(layer.output).bits / 8;
  return layer;
}

}  // namespace vitcod
