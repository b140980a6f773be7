// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/top_k_engine/top_k_config.hpp"

namespace vitcod {

/// Both FIFOs of an engine, a word of as many entries as there are comparators: in a cycle one is
/// read, and what is larger and smaller than the pivot is written. `entry_bytes`: value and place.
inline PartList fifo_parts(const TopKConfig& config, std::uint64_t entry_bytes) {
  constexpr std::uint32_t kFifos = 2;
  constexpr std::uint32_t kPorts = 2;
  PartList parts;
  parts.memory = MemoryNeed{kFifos * entry_bytes * config.comparators * config.fifo_depth, kFifos,
                            entry_bytes * config.comparators, kPorts};
  return parts;
}

/// What numbers leave by: those that a pass keeps in a cycle.
inline PartList number_parts(const TopKConfig& config) {
  constexpr std::uint64_t kPlaceBits = 16;
  PartList parts;
  parts.add_gated_registers(config.comparators, kPlaceBits);
  return parts;
}

/// Rows of P that wait behind the value selector, a byte an entry: in a cycle a word is written,
/// and one read.
inline PartList waiting_rows_parts(const TopKConfig& config, std::uint64_t max_keys) {
  constexpr std::uint32_t kPorts = 2;
  PartList parts;
  parts.memory = MemoryNeed{config.row_queue_depth * max_keys, 1, config.comparators, kPorts};
  return parts;
}

/// Comparators with the pivot, of entries of `value_bits`; a zero eliminator in front of each FIFO
/// and one for the places that are kept, a shifter of log2(n) stages over n entries; counters.
inline PartList parts_of(const TopKConfig& config, std::uint64_t value_bits) {
  constexpr std::uint64_t kPlaceBits = 16;
  constexpr std::uint64_t kEliminators = 3;
  constexpr std::uint64_t kComparisons = 2;  // larger, equal
  const std::uint64_t lanes = config.comparators;
  const auto stages = static_cast<std::uint64_t>(std::bit_width(lanes));
  const std::uint64_t entry_bits = value_bits + kPlaceBits;
  PartList parts;
  parts.add_comparators(kComparisons * lanes, value_bits)
      .add_shifters(kEliminators * lanes, entry_bits, stages)
      .add_registers(kEliminators * lanes * stages, entry_bits)
      .add_adders(kEliminators * lanes, kPlaceBits)  // how many zeros are before each entry
      .add_accumulators(kComparisons, kPlaceBits)
      .add_gated_registers(1, value_bits + kPlaceBits);
  return parts;
}

}  // namespace vitcod
