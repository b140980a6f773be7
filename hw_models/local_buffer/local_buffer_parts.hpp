// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/local_buffer/line_groups_parts.hpp"
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

/// The ways, from there to the lines of their groups, and the lines' requests.
inline PartList parts_of(const LocalBufferConfig& config, const PoolBanks& pool,
                         std::uint32_t lines) {
  const LineGroups groups(config.line_groups, config.ways, lines);
  PartList parts = ways_of(config, pool);
  add_ways_to_lines(groups, std::uint64_t{8} * config.bytes_per_access, parts);
  add_requests(groups, kRowAddressBits, parts);
  add_sharing(groups, kRowAddressBits, parts);
  return parts;
}

}  // namespace vitcod
