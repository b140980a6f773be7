// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hw_models/compiler/operation_index.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// One linear layer: a product, and what is done to its results at the drain.
struct LinearLayer {
  std::uint32_t layer = 0;  ///< index into Trace::layers
  std::string name;         ///< of the operation
  DenseLinear product{};
  TensorId input{};
  std::uint32_t input_heads = 1;  ///< that stand side by side in a row
  std::uint32_t input_rows = 0;   ///< of the tensor, a head
  TensorId weights{};
  bool shares_weights = false;  ///< another layer reads them too, in the same order
  TensorId bias{};
  TensorId requantisation{};
  std::optional<TensorId> residual;
  std::uint32_t residual_rows = 0;
  TensorId output{};
  std::uint32_t output_heads = 1;
  std::uint32_t result_bytes = 1;  ///< of an element, and of one of the residual

  std::uint64_t macs() const { return std::uint64_t{product.m} * product.k * product.n; }
  std::uint32_t input_features() const { return product.k / input_heads; }
  std::uint32_t output_features() const { return product.n / output_heads; }
};

/// The linear layer that is operation `position` of the trace; takes it. Throws InputError if the
/// machine has no unit for its primitive, or an operand is not left in DRAM.
LinearLayer find_linear(OperationIndex& index, std::size_t position);

}  // namespace vitcod
