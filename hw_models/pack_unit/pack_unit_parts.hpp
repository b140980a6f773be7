// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/pack_unit/pack_unit_config.hpp"
#include "hw_models/pack_unit/packed_pass.hpp"

namespace vitcod {

/// Masks of tiles. Words of consecutive rows lie in banks beside each other, so that those of a
/// cycle are read together; a second set holds the mask that is being made meanwhile.
inline PartList mask_memory_parts(const PackUnitConfig& config) {
  constexpr std::uint64_t kSets = 2;
  constexpr std::uint64_t kWordBytes = 8;
  PartList parts;
  parts.memory =
      MemoryNeed{config.mask_bytes, static_cast<std::uint32_t>(kSets * config.segments_per_cycle),
                 kWordBytes, 1};
  parts.add_network(kSets, config.segments_per_cycle, 8 * kWordBytes);
  return parts;
}

/// The words that are looked at, of which the first that is not empty is chosen; the places of its
/// lowest kept keys, by a tree of counts and a network of a multiplexer a bit and level; passes
/// that wait, a word for each sub-row.
inline PartList parts_of(const PackUnitConfig& config, const PassShape& shape) {
  constexpr std::uint64_t kRowBits = 16;
  const auto levels = static_cast<std::uint64_t>(std::bit_width(shape.segment_keys - 1));
  const std::uint64_t place_bits = levels + 1;  // of a key in the segment, and whether there is one
  const std::uint64_t sub_row_bits = kRowBits + place_bits * shape.columns;
  const std::uint64_t buffers =
      std::uint64_t{config.pass_buffers} + 1;  // and the one in the making
  PartList parts;
  parts.add_gated_registers(config.segments_per_cycle, shape.segment_keys)
      .add_network(config.segments_per_cycle, 1, shape.segment_keys)
      .add_adders(levels * shape.segment_keys, place_bits)
      .add_multiplexers(levels * shape.segment_keys, place_bits)
      .add_registers(config.latency_cycles, sub_row_bits)
      .add_gated_registers(buffers * shape.rows, sub_row_bits)
      .add_network(buffers, shape.rows, sub_row_bits);
  return parts;
}

}  // namespace vitcod
