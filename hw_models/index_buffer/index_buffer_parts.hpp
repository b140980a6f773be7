// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/index_buffer/index_buffer_config.hpp"

namespace vitcod {

/// Look-ups go through the list of segments, or of rows, in its order: one bank that is as wide as
/// those of a cycle, of `look_up_bytes` each. It is written through a port of its own, since writes
/// contend with nothing.
inline PartList parts_of(const IndexBufferConfig& config, std::uint64_t look_up_bytes) {
  constexpr std::uint32_t kPorts = 2;  // a read and a write
  PartList parts;
  parts.memory =
      MemoryNeed{config.capacity_bytes, 1, config.reads_per_cycle * look_up_bytes, kPorts};
  return parts;
}

}  // namespace vitcod
