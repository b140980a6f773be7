// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"

namespace vitcod {

/// The packet that is worked on, and the register before the write port. The way from there to the
/// banks is the buffers'.
inline PartList row_writer_parts(std::uint32_t write_bytes_per_cycle, std::uint32_t packet_bytes) {
  PartList parts;
  parts.add_gated_registers(packet_bytes, 8).add_gated_registers(write_bytes_per_cycle, 8);
  return parts;
}

}  // namespace vitcod
