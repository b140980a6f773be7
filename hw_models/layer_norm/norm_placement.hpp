// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dma/transfer.hpp"

namespace vitcod {

/// What the layer norm does with a load: constants (a gain a feature, then an offset a feature, 8
/// bits each), or tokens of 16 bits, which become tokens of `result_bytes` an element.
struct NormPlacement final : Placement {
  OutputMask output = 0;  ///< of the crossbar, that leads to the layer norm
  bool is_constants = false;
  std::uint32_t constant_set = 0;  ///< number of the constants, counted over the program
  std::uint32_t features = 0;
  std::uint32_t result_bytes = 1;
  const Transfer* store = nullptr;  ///< of the tokens that are made, one stretch

  OutputMask outputs(std::uint32_t /*first*/, std::uint32_t /*end*/) const override {
    return output;
  }
};

}  // namespace vitcod
