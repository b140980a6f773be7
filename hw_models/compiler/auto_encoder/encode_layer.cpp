// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/auto_encoder/encode_layer.hpp"

namespace vitcod {

std::vector<TokenTile> encode_tiles(const EncodeLayer& layer, std::uint64_t output_bytes) {
  const std::uint64_t token_bytes = std::uint64_t{layer.heads_out} * layer.features;
  return token_tiles(layer.name, layer.num_tokens, token_bytes, output_bytes);
}

EncodeLayer find_encoding(OperationIndex& index, std::size_t position) {
  index.take(position);
  const Operation& operation = index.operation(position);
  if (operation.inputs.size() != 3 || operation.outputs.size() != 1) {
    fail(operation, "expected heads, weights and biases in, compressed heads out");
  }
  for (TensorId input : operation.inputs) index.require_in_dram(operation, input);
  const auto& params = std::get<HeadMixEncode>(operation.params);
  EncodeLayer layer;
  layer.layer = operation.layer;
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

}  // namespace vitcod
