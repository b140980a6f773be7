// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/local_buffer/local_buffer_parts.hpp"
#include "hw_models/query_forwarding/query_forwarding_config.hpp"

namespace vitcod {

/// From the ports of the denser engine's banks to each row that may cross, and from there to each
/// line, which also has its own engine's row to choose from; the lines' requests: any may be the
/// one whose row crosses, and each is compared with what a bank gives already. The ports are those
/// of the denser engine's buffer.
inline PartList parts_of(const QueryForwardingConfig& config,
                         const LocalBufferConfig& denser_buffer, const PoolBanks& pool,
                         std::uint64_t lines) {
  const std::uint64_t row_bits = std::uint64_t{8} * denser_buffer.bytes_per_access;
  const std::uint64_t rows = config.requests_per_cycle;
  const std::uint64_t ports = pool.apart(denser_buffer.banks) * denser_buffer.ports_per_bank;
  PartList parts;
  parts.add_network(ports, rows, row_bits)
      .add_network(rows, lines, row_bits)
      .add_network(2, lines, row_bits)
      .add_registers((std::uint64_t{denser_buffer.network_cycles} + config.latency_cycles) * rows,
                     row_bits)
      .add_gated_registers(lines, kRowAddressBits)
      .add_network(lines, rows, kRowAddressBits)
      .add_comparators(rows * ports, kRowAddressBits);
  return parts;
}

}  // namespace vitcod
