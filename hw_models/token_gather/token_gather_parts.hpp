// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "hw_models/bill_of_materials/part_list.hpp"
#include "hw_models/token_gather/token_gather_cost.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Numbers of rows in words as wide as what enters. A word is read into a register that gives the
/// DMA a number a cycle; not while a table enters, so one port is enough.
inline PartList number_buffer_parts(const TokenGatherConfig& config) {
  const std::uint64_t width = std::max<std::uint64_t>(config.read_bytes_per_cycle, kNumberBytes);
  PartList parts;
  parts.memory = MemoryNeed{kNumberBytes * config.max_tokens, 1, width, 1};
  parts.add_gated_registers(width, 8).add_network(ceil_div(width, kNumberBytes), 1,
                                                  8 * kNumberBytes);
  return parts;
}

/// New features of a tile. They enter before its rows and leave with them, in order: one port, and
/// the word that is leaving in a register, turned to the end of its row.
inline PartList new_buffer_parts(const TokenGatherConfig& config) {
  const std::uint64_t leaving =
      ceil_div(std::uint64_t{config.write_bytes_per_cycle}, kGatherElementBytes);
  const std::uint64_t width = std::max<std::uint64_t>(config.read_bytes_per_cycle, leaving);
  PartList parts;
  parts.memory = MemoryNeed{config.new_bytes, 1, width, 1};
  parts.add_gated_registers(width, 8)
      .add_network(ceil_div(width, leaving), 1, 8 * leaving)
      .add_shifters(1, 8 * leaving, static_cast<std::uint64_t>(std::bit_width(leaving - 1)));
  return parts;
}

/// A queue of a row, and of the word in which the next one begins: a word enters and a word leaves
/// in a cycle, hence two ports.
inline PartList row_buffer_parts(const TokenGatherConfig& config) {
  const std::uint64_t width =
      std::max<std::uint64_t>(config.read_bytes_per_cycle, config.write_bytes_per_cycle);
  PartList parts;
  parts.memory = MemoryNeed{kGatherElementBytes * config.max_features + width, 1, width, 2};
  return parts;
}

/// What turns words that enter to the beginning of a row, and what leaves to that of a word, with a
/// register each for what is over; elements or new features; what finds runs of neighbouring rows
/// and the addresses at which they begin, those that are stored by an order too.
inline PartList parts_of(const TokenGatherConfig& config) {
  constexpr std::uint64_t kNumberBits = 8 * kNumberBytes;
  constexpr std::uint64_t kRowBytesBits = 18;  // up to 2^16 elements of 2 bytes
  constexpr std::uint64_t kAddressBits = 40;
  constexpr std::uint64_t kWays = 2;  // of loads and of stores
  const auto levels = [](std::uint64_t bytes) {
    return static_cast<std::uint64_t>(std::bit_width(bytes - 1));
  };
  const std::uint64_t enter = config.read_bytes_per_cycle;
  const std::uint64_t leave = config.write_bytes_per_cycle;
  PartList parts;
  parts.add_shifters(1, 8 * enter, levels(enter))
      .add_shifters(1, 8 * leave, levels(leave))
      .add_gated_registers(enter, 8)
      .add_gated_registers(leave, 8)
      .add_network(2, 1, 8 * leave)
      .add_registers(config.latency_cycles, 8 * leave);
  // The number after the one before is compared with the one that comes; else a run begins.
  parts.add_adders(1, kNumberBits)
      .add_comparators(1, kNumberBits)
      .add_accumulators(1, kNumberBits)
      .add_gated_registers(2, kNumberBits)
      .add_multipliers(kWays, kNumberBits, kRowBytesBits)
      .add_adders(kWays, kAddressBits)
      .add_gated_registers(kWays, kAddressBits);
  return parts;
}

}  // namespace vitcod
