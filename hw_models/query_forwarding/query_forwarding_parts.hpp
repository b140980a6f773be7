// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/local_buffer/local_buffer_parts.hpp"
#include "hw_models/query_forwarding/query_forwarding_config.hpp"

namespace vitcod {

/// From the ports of the denser engine's banks to each row that may cross, and from there to the
/// lines of its group, which also have their own engine's row to choose from; the lines' requests,
/// of which each is compared with what a bank gives already and with what crosses to its group. The
/// ports are those of the denser engine's buffer.
inline PartList parts_of(const QueryForwardingConfig& config,
                         const LocalBufferConfig& denser_buffer, const PoolBanks& pool,
                         std::uint32_t lines) {
  const std::uint64_t row_bits = std::uint64_t{8} * denser_buffer.bytes_per_access;
  const std::uint64_t rows = config.requests_per_cycle;
  const std::uint64_t ports = pool.apart(denser_buffer.banks) * denser_buffer.ports_per_bank;
  const LineGroups groups(config.line_groups, config.requests_per_cycle, lines);
  PartList parts;
  parts.add_network(ports, rows, row_bits)
      .add_network(2, lines, row_bits)
      .add_registers((std::uint64_t{denser_buffer.network_cycles} + config.latency_cycles) * rows,
                     row_bits)
      .add_gated_registers(lines, kRowAddressBits)
      .add_comparators(rows * ports, kRowAddressBits);
  add_ways_to_lines(groups, row_bits, parts);
  add_requests(groups, kRowAddressBits, parts);
  add_sharing(groups, kRowAddressBits, parts);
  return parts;
}

}  // namespace vitcod
