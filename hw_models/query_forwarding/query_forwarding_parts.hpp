// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/local_buffer/local_buffer_parts.hpp"
#include "hw_models/query_forwarding/query_forwarding_config.hpp"

namespace vitcod {

/// A second set of the denser engine's ways, from forwarding ports of its banks; from any of them
/// to each row that may cross in a cycle, and from there to each line, which also has its own
/// engine's row to choose from. The ports themselves are the pool's.
inline PartList parts_of(const QueryForwardingConfig& config, LocalBufferConfig denser_buffer,
                         const PoolBanks& pool, std::uint64_t lines) {
  const std::uint64_t row_bits = std::uint64_t{8} * denser_buffer.bytes_per_access;
  const std::uint64_t rows = config.requests_per_cycle;
  denser_buffer.ports_per_bank = config.ports_per_bank;
  PartList parts = ways_of(denser_buffer, pool);
  parts.add_network(denser_buffer.ways, rows, row_bits)
      .add_network(rows, lines, row_bits)
      .add_network(2, lines, row_bits)
      .add_registers(config.latency_cycles * rows, row_bits);
  return parts;
}

}  // namespace vitcod
