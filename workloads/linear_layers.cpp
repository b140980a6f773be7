// SPDX-License-Identifier: Apache-2.0
#include "workloads/linear_layers.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "workloads/model_parts.hpp"
#include "workloads/routing.hpp"
#include "workloads/values.hpp"

namespace vitcod {
namespace {

constexpr std::uint32_t kNumberBits = 16;
constexpr double kEvenShare = 0.5;

void add_constants(LayerBuilder& layer, const std::string& name, const DenseLinear& params,
                   std::vector<TensorId>& inputs) {
  inputs.push_back(layer.tensor(name + "_weights", {params.k, params.n}, kOperandBits));
  inputs.push_back(layer.tensor(name + "_bias", {params.n}, kWordBits));
  inputs.push_back(layer.tensor(name + "_requantisation", {params.n}, kWordBits));
}

}  // namespace

Experts append_experts(LayerBuilder& layer, const std::string& name, LinearKind kind,
                       const ShiftAddSpec& spec, const DenseLinear& params, TensorId x) {
  Experts experts;
  if (kind == LinearKind::kShift) experts.primitive = Primitive::kShift;
  if (kind != LinearKind::kMixture) return experts;
  DenseLinear router{params.m, params.k, kNumExperts};
  router.input_activation = params.input_activation;
  const TensorId logits =
      layer.tensor(name + "_router_logits", {params.m, kNumExperts}, kOperandBits);
  append_linear(layer, name + "_router", router, x, logits);
  const double shifted = std::floor(spec.shift_share.value_or(kEvenShare) * params.m + 0.5);
  RouterSplit split{params.m, params.m - static_cast<std::uint32_t>(shifted), {}};
  experts.tokens_first = split.tokens_first;
  const TensorId assumed =
      layer.tensor(name + "_assumed_logits", {params.m, kNumExperts}, kOperandBits);
  experts.order = layer.tensor(name + "_order", {params.m}, kNumberBits);
  layer.operation(name + "_split", split, {assumed, logits}, *experts.order);
  // The values of the logits follow from the operation that reads them.
  split.order = routing_of(operand_values(layer.trace(), assumed)).order;
  layer.trace().operations.back().params = std::move(split);
  return experts;
}

void append_linear(LayerBuilder& layer, const std::string& name, DenseLinear params, TensorId x,
                   TensorId y, std::optional<TensorId> residual, const Experts& experts) {
  params.primitive = experts.primitive;
  if (!experts.order) return add_linear(layer, name, params, x, y, residual);
  std::vector<TensorId> inputs{x, *experts.order};
  add_constants(layer, name, params, inputs);
  add_constants(layer, name + "_shift", params, inputs);
  if (residual) inputs.push_back(*residual);
  const RoutedLinear routed{params.m,
                            experts.tokens_first,
                            params.k,
                            params.n,
                            params.activation,
                            params.input_activation,
                            residual.has_value()};
  layer.operation(name, routed, std::move(inputs), y);
}

}  // namespace vitcod
