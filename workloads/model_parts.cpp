// SPDX-License-Identifier: Apache-2.0
#include "workloads/model_parts.hpp"

#include <utility>
#include <vector>

namespace vitcod {

void add_linear(LayerBuilder& layer, const std::string& name, DenseLinear params, TensorId x,
                TensorId y, std::optional<TensorId> residual) {
  params.residual = residual.has_value();
  std::vector<TensorId> inputs{x,
                               layer.tensor(name + "_weights", {params.k, params.n}, kOperandBits),
                               layer.tensor(name + "_bias", {params.n}, kWordBits),
                               layer.tensor(name + "_requantisation", {params.n}, kWordBits)};
  if (residual) inputs.push_back(*residual);
  layer.operation(name, params, std::move(inputs), y);
}

TensorId add_norm(LayerBuilder& layer, const std::string& name, std::uint32_t tokens,
                  std::uint32_t features, TensorId x, std::uint32_t bits) {
  const TensorId gain = layer.tensor(name + "_gain", {features}, kOperandBits);
  const TensorId offset = layer.tensor(name + "_offset", {features}, kOperandBits);
  const TensorId y = layer.tensor(name + "_output", {tokens, features}, bits);
  layer.operation(name, LayerNorm{tokens, features}, {x, gain, offset}, y);
  return y;
}

NormedTokens add_norm_of_stream(LayerBuilder& layer, const std::string& name, std::uint32_t tokens,
                                std::uint32_t features, TensorId x) {
  const TensorId gain = layer.tensor(name + "_gain", {features}, kOperandBits);
  const TensorId offset = layer.tensor(name + "_offset", {features}, kOperandBits);
  NormedTokens normed;
  normed.operand = layer.tensor(name + "_operand", {tokens, features}, kOperandBits);
  layer.operation(name, LayerNorm{tokens, features}, {x, gain, offset}, normed.operand);
  normed.stream = layer.tensor(name + "_stream", {tokens, features}, kStreamBits);
  layer.operation(name + "_again", LayerNorm{tokens, features}, {x, gain, offset}, normed.stream);
  return normed;
}

}  // namespace vitcod
