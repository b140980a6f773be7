// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw_models/compiler/operation_index.hpp"
#include "hw_models/compiler/token_tiles.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// One layer norm of tokens.
struct NormLayer {
  std::uint32_t layer = 0;  ///< index into Trace::layers
  std::string name;         ///< of the operation
  std::uint32_t num_tokens = 0;
  std::uint32_t features = 0;
  std::uint32_t result_bytes = 1;  ///< of an element
  TensorId input{};
  TensorId gain{};
  TensorId offset{};
  TensorId output{};
};

/// Tiles of as many tokens as `output_bytes` of the output buffer hold the results of. Throws
/// InputError if those of a single token do not fit.
std::vector<TokenTile> norm_tiles(const NormLayer& layer, std::uint64_t output_bytes);

/// The layer norm that is operation `position` of the trace; takes it. Throws InputError if an
/// operand is not left in DRAM.
NormLayer find_norm(OperationIndex& index, std::size_t position);

}  // namespace vitcod
