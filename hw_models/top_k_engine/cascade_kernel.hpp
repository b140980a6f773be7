// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dma/transfer.hpp"
#include "hw_models/program/kernel.hpp"
#include "hw_models/top_k_engine/cascade_block.hpp"

namespace vitcod {

/// Choose what the next block keeps.
struct CascadeKernel final : Kernel {
  CascadeChoice choice;
  /// Of the numbers of the tokens that stay, 16 bits each; null: nobody reads them.
  const Transfer* store = nullptr;
  std::uint32_t packet_bytes = 1;  ///< of its packets, at most
};

}  // namespace vitcod
