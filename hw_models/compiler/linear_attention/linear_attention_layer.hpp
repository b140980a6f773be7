// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hw_models/compiler/operation_index.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// One linear attention: for each head the product that makes its inner matrix A, and its sums z,
/// and the one that makes its rows of O.
struct LinearAttentionLayer {
  std::uint32_t layer = 0;  ///< index into Trace::layers
  std::string name;         ///< of the operation
  LinearAttention attention{};
  TensorId query{}, key{}, value{};
  TensorId inner_words{};                ///< requantisation of A and z
  std::optional<TensorId> output_words;  ///< of O, which is divided without
  std::optional<TensorId> residual;
  TensorId output{}, inner{};
  std::optional<TensorId> sums;
  std::uint32_t result_bytes = 1;  ///< of an element of O, and of the residual

  /// Whether Q and K are codes, by which rows are added.
  bool adds() const { return attention.primitive == Primitive::kAdd; }
  std::uint64_t macs() const { return attention.macs(); }
  /// Of so many elements of Q or K; of codes a multiple of 8.
  std::uint64_t key_bytes(std::uint64_t elements) const { return adds() ? elements / 8 : elements; }
};

/// The linear attention that is operation `position` of the trace; takes it. Throws InputError if
/// the machine has no unit for its primitive, or an operand is not left in DRAM.
LinearAttentionLayer find_linear_attention(OperationIndex& index, std::size_t position);

}  // namespace vitcod
