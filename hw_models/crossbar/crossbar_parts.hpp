// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/crossbar/crossbar_config.hpp"

namespace vitcod {

/// Any input to each output, and a register at each output. The queues at its inputs and behind its
/// outputs are apart.
inline PartList parts_of(const CrossbarConfig& config, std::uint64_t inputs,
                         std::uint64_t outputs) {
  const std::uint64_t bits = std::uint64_t{8} * config.port_bytes_per_cycle;
  PartList parts;
  parts.add_network(inputs, outputs, bits).add_gated_registers(outputs, bits);
  return parts;
}

}  // namespace vitcod
