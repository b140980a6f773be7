// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/layer_norm/norm_layer.hpp"

namespace vitcod {

std::vector<TokenTile> norm_tiles(const NormLayer& layer, std::uint64_t output_bytes) {
  const std::uint64_t token_bytes = std::uint64_t{layer.features} * layer.result_bytes;
  return token_tiles(layer.name, layer.num_tokens, token_bytes, output_bytes);
}

NormLayer find_norm(OperationIndex& index, std::size_t position) {
  index.take(position);
  const Operation& operation = index.operation(position);
  if (operation.inputs.size() != 3 || operation.outputs.size() != 1) {
    fail(operation, "expected tokens, gains and offsets in, tokens out");
  }
  for (TensorId input : operation.inputs) index.require_in_dram(operation, input);
  const auto& params = std::get<LayerNorm>(operation.params);
  NormLayer layer;
  layer.layer = operation.layer;
  layer.name = operation.name;
  layer.num_tokens = params.tokens;
  layer.features = params.features;
  layer.input = operation.inputs[0];
  layer.gain = operation.inputs[1];
  layer.offset = operation.inputs[2];
  layer.output = operation.outputs[0];
  layer.result_bytes = index.trace().tensor(layer.output).bits / 8;
  return layer;
}

}  // namespace vitcod
