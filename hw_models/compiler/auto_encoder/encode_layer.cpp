// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/auto_encoder/encode_layer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/errors.hpp"

namespace vitcod {

std::vector<EncodeTile> encode_tiles(const EncodeLayer& layer, std::uint64_t output_bytes) {
  const std::uint64_t token_bytes = std::uint64_t{layer.heads_out} * layer.features;
  const std::uint64_t tokens = output_bytes / token_bytes;
  if (tokens == 0) {
    throw InputError(fmt::format(
        "{}: the output_buffer is too small: one token needs {} bytes there, {} are available",
        layer.name, token_bytes, output_bytes));
  }
  std::vector<EncodeTile> tiles;
  for (std::uint64_t first = 0; first < layer.num_tokens; first += tokens) {
    tiles.push_back(
        EncodeTile{static_cast<std::uint32_t>(first),
                   static_cast<std::uint32_t>(std::min(tokens, layer.num_tokens - first))});
  }
  return tiles;
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
