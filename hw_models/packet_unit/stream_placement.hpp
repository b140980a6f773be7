// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dma/transfer.hpp"

namespace vitcod {

/// What a unit that loads stream through (PacketUnit) does with one of them.
struct StreamPlacement : Placement {
  OutputMask output = 0;            ///< of the crossbar, that leads to the unit
  std::uint8_t unit = 0;            ///< among those that share the output
  const Transfer* store = nullptr;  ///< of what the load becomes, if it is stored

  OutputMask outputs(std::uint32_t /*first*/, std::uint32_t /*end*/) const final { return output; }
};

}  // namespace vitcod
