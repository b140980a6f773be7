// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dma/transfer.hpp"

namespace vitcod {

/// What the encoder does with a load: weights (matrix (heads in, heads out) of int8, then biases
/// (heads out) of int32, little-endian), or tokens, each (heads in, features), which become tokens
/// of (heads out, features).
struct TokenPlacement final : Placement {
  OutputMask output = 0;  ///< of the crossbar, that leads to the encoder
  bool is_weights = false;
  std::uint64_t bytes = 0;       ///< of the weights
  std::uint32_t weight_set = 0;  ///< number of the weights, counted over the program
  std::uint32_t heads_in = 0;
  std::uint32_t heads_out = 0;
  std::uint32_t features = 0;
  const Transfer* store = nullptr;  ///< of the tokens that are made, one stretch

  OutputMask outputs(std::uint32_t /*first*/, std::uint32_t /*end*/) const override {
    return output;
  }
};

}  // namespace vitcod
