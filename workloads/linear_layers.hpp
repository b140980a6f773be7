// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "workloads/layer_builder.hpp"
#include "workloads/shift_add_spec.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// How layers that read one X form their products.
struct Experts {
  Primitive primitive = Primitive::kMultiply;
  std::optional<TensorId> order;   ///< of a mixture: then each of two experts has its tokens
  std::uint32_t tokens_first = 0;  ///< of a mixture, those that multiply
};

/// What `kind` asks for, for layers that read `x` as `params` does (m, k, input_activation). A
/// mixture appends their router, NAME_router, a linear layer to two logits a token, and NAME_split,
/// by NAME_assumed_logits, which stand for these.
Experts append_experts(LayerBuilder& layer, const std::string& name, LinearKind kind,
                       const ShiftAddSpec& spec, const DenseLinear& params, TensorId x);

/// Appends the linear layer NAME from `x` to `y`, with tensors NAME_weights, NAME_bias and
/// NAME_requantisation, in a mixture also NAME_shift_weights and so on; its residual, if it has
/// one, is `residual`.
void append_linear(LayerBuilder& layer, const std::string& name, DenseLinear params, TensorId x,
                   TensorId y, std::optional<TensorId> residual = std::nullopt,
                   const Experts& experts = {});

}  // namespace vitcod
