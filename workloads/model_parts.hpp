// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "workloads/layer_builder.hpp"
#include "workloads/number_formats.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

// The operations that all parts of a model are made of, with their learned tensors.

/// A linear layer from `x` to `y`; its residual, if it has one, is `residual`.
void add_linear(LayerBuilder& layer, const std::string& name, DenseLinear params, TensorId x,
                TensorId y, std::optional<TensorId> residual = std::nullopt);

/// A layer norm of `x`, (tokens, features), and its result.
TensorId add_norm(LayerBuilder& layer, const std::string& name, std::uint32_t tokens,
                  std::uint32_t features, TensorId x, std::uint32_t bits = kOperandBits);

/// The same norm as a residual stream and as the operand of what reads it: the machine makes one
/// width at a time, so two operations share a gain and an offset.
struct NormedTokens {
  TensorId stream{};
  TensorId operand{};
};
NormedTokens add_norm_of_stream(LayerBuilder& layer, const std::string& name, std::uint32_t tokens,
                                std::uint32_t features, TensorId x);

}  // namespace vitcod
