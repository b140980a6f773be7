// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/stream_hub/stream_hub_config.hpp"

namespace vitcod {

/// A register before the wires to all units, of which the one that a packet is for takes it; any
/// unit to the way back, and a register there. The queues before the units and behind them are
/// apart.
inline PartList parts_of(const StreamHubConfig& config, std::uint64_t units) {
  const std::uint64_t bits = std::uint64_t{8} * config.port_bytes_per_cycle;
  PartList parts;
  parts.add_gated_registers(2, bits).add_network(units, 1, bits);
  return parts;
}

}  // namespace vitcod
