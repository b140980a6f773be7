// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/crossbar/crossbar_config.hpp"
#include "hw_models/dma/transfer.hpp"

namespace vitcod {

/// To each output from those inputs that have a way to it (`ways`: by input, a bit for each
/// output), and a register at each output that is reached. The queues at its inputs and behind its
/// outputs are apart.
inline PartList parts_of(const CrossbarConfig& config, const std::vector<OutputMask>& ways) {
  const std::uint64_t bits = std::uint64_t{8} * config.port_bytes_per_cycle;
  PartList parts;
  for (unsigned output = 0; output < 8 * sizeof(OutputMask); ++output) {
    const auto inputs = static_cast<std::uint64_t>(
        std::count_if(ways.begin(), ways.end(),
                      [output](OutputMask way) { return ((way >> output) & 1U) != 0; }));
    if (inputs > 0) parts.add_network(inputs, 1, bits).add_gated_registers(1, bits);
  }
  return parts;
}

}  // namespace vitcod
