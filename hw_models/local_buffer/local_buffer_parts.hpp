// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/local_buffer/local_buffer_config.hpp"

namespace vitcod {

inline constexpr std::uint64_t kRowAddressBits = 12;  ///< 1,920 rows of 64 bytes, and room

/// From the banks to the ways, and the registers of these. The banks are the pool's.
inline PartList ways_of(const LocalBufferConfig& config, const PoolBanks& pool) {
  const std::uint64_t row_bits = std::uint64_t{8} * config.bytes_per_access;
  PartList parts;
  add_pool_ports(pool, config.banks, config.ports_per_bank, config.bytes_per_access, parts);
  parts.add_network(pool.apart(config.banks) * config.ports_per_bank, config.ways, row_bits)
      .add_registers(std::uint64_t{config.network_cycles} * config.ways, row_bits);
  return parts;
}

/// The ways, from there to any of `lines` lines, and the lines' requests: any may be the one whose
/// row a way brings, and each compares its own with those of all ways, to share it.
inline PartList parts_of(const LocalBufferConfig& config, const PoolBanks& pool,
                         std::uint64_t lines) {
  PartList parts = ways_of(config, pool);
  parts.add_network(config.ways, lines, std::uint64_t{8} * config.bytes_per_access)
      .add_network(lines, config.ways, kRowAddressBits)
      .add_comparators(lines * config.ways, kRowAddressBits);
  return parts;
}

}  // namespace vitcod
