// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hw_models/compiler/operation_index.hpp"
#include "hw_models/compiler/token_tiles.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// One encoding of Q or K across heads (auto-encoder, encoder side).
struct EncodeLayer {
  std::uint32_t layer = 0;  ///< index into Trace::layers
  std::string name;         ///< of the operation
  std::uint32_t heads_in = 0;
  std::uint32_t heads_out = 0;
  std::uint32_t num_tokens = 0;
  std::uint32_t features = 0;
  TensorId input{};
  TensorId weights{};
  TensorId bias{};
  TensorId output{};
};

/// Tiles of as many tokens as `output_bytes` of the output buffer hold the results of. Throws
/// InputError if those of a single token do not fit.
std::vector<TokenTile> encode_tiles(const EncodeLayer& layer, std::uint64_t output_bytes);

/// The encoding that is operation `position` of the trace; takes it. Throws InputError if its
/// operands do not fit.
EncodeLayer find_encoding(OperationIndex& index, std::size_t position);

}  // namespace vitcod
