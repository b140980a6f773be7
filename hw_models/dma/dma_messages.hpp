// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dma/packet.hpp"

namespace vitcod {

/// Order of the controller: load the packets of a transfer.
struct LoadCommand {
  const Transfer* transfer = nullptr;
};

/// A receiver has taken a packet of a load in. Beat to the controller.
struct Delivery {
  const Transfer* transfer = nullptr;
};

/// Bytes of a global buffer's staging are free again: to the DMA engine where it loads into the
/// buffer, from it where it stores.
struct StagingFreed {
  std::uint32_t bytes = 0;
};

/// A packet of results is in DRAM. Beat to the controller.
struct StoreDone {
  const Transfer* transfer = nullptr;
  std::uint32_t bytes = 0;
};

}  // namespace vitcod
