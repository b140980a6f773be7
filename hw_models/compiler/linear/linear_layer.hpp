// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hw_models/compiler/operation_index.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// One linear layer, or one expert's part of one: a product, and what is done to its results at the
/// drain.
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
  std::uint32_t output_rows = 0;   ///< of the tensor, a head
  std::uint32_t result_bytes = 1;  ///< of an element, and of one of the residual
  bool makes_codes = false;        ///< a bit of each element
  /// Of an expert's part: the rows of X, the residual and Y that its own rows are, ascending, in
  /// the trace. Else none: rows are as they lie.
  std::span<const std::uint32_t> tokens;
  const Operation* routed = nullptr;  ///< the operation that it is a part of
  bool is_first_part = false;         ///< the other expert's part follows
  bool loads_order = false;           ///< it brings the order that both parts go by

  std::uint64_t macs() const { return std::uint64_t{product.m} * product.k * product.n; }
  /// Place of a row among those of X, or of the residual or Y.
  std::uint32_t place_of(std::uint32_t row) const { return tokens.empty() ? row : tokens[row]; }
  /// Runs of neighbouring rows.
  std::uint32_t num_runs() const;
  std::uint32_t input_features() const { return product.k / input_heads; }
  std::uint32_t output_features() const { return product.n / output_heads; }
  /// Of so many results, of codes a multiple of 8.
  std::uint64_t bytes_of(std::uint64_t results) const {
    return makes_codes ? results / 8 : results * result_bytes;
  }
};

/// The linear layer that is operation `position` of the trace; takes it. Throws InputError if no
/// machine has a unit for its primitive, or an operand is not left in DRAM.
LinearLayer find_linear(OperationIndex& index, std::size_t position);

/// The parts of a layer of two experts, of those that have tokens; takes it. Throws InputError
/// likewise.
std::vector<LinearLayer> find_experts(OperationIndex& index, std::size_t position);

}  // namespace vitcod
