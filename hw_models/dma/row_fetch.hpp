// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dma/packet.hpp"

namespace vitcod {

/// A row of a load that is read from DRAM by itself, for one line; `packet` has this row alone. On
/// its way back it has the row's bytes.
struct RowFetch {
  Packet packet;
  std::uint32_t head = 0;  ///< of the tile, that the line wants of a compressed row
  std::uint32_t line = 0;
};

}  // namespace vitcod
