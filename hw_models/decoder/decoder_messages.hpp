// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/dma/transfer.hpp"

namespace vitcod {

/// A packet is in the engine's buffers. Beat to the controller.
struct Delivery {
  const Packet* packet = nullptr;
};

}  // namespace vitcod
