// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/engine/partial_row.hpp"
#include "hw_models/mac_lines/mac_lines_parts.hpp"
#include "hw_models/normaliser/normaliser_config.hpp"

namespace vitcod {

/// Rows of the widest head that wait in the output buffer for the other engine's share.
inline std::uint64_t partial_rows_bytes(const NormaliserConfig& config, std::uint64_t engines) {
  return engines * config.rows_buffered * partial_row_bytes(kRowBytes);
}

/// The part of the output buffer in which they wait, a bank for each engine, a row a word: in a
/// cycle one is written, and one whose other share has come is read.
inline PartList partial_rows_parts(const NormaliserConfig& config, std::uint64_t engines,
                                   std::uint64_t bytes) {
  constexpr std::uint32_t kPorts = 2;
  constexpr std::uint64_t kAddressBits = 16;
  PartList parts;
  parts.memory =
      MemoryNeed{bytes, static_cast<std::uint32_t>(engines), partial_row_bytes(kRowBytes), kPorts};
  // Which row lies where: each is compared with that which comes.
  parts.add_gated_registers(engines * config.rows_buffered, kAddressBits)
      .add_comparators(engines * config.rows_buffered, kAddressBits);
  return parts;
}

/// Between the part of the output buffer that rows are carried in and the adders: the part of a row
/// that a cycle reads or writes, and an operand that is the other engine's share otherwise.
inline void add_carried_rows(std::uint64_t bytes_per_cycle, PartList& parts) {
  constexpr std::uint64_t kCounterBits = 16;
  const std::uint64_t row_bytes = partial_row_bytes(kRowBytes);
  const std::uint64_t width = bytes_per_cycle < row_bytes ? bytes_per_cycle : row_bytes;
  const std::uint64_t pieces = (row_bytes + width - 1) / width;
  parts
      .add_network(pieces, width, 8)  // written
      .add_network(2, row_bytes, 8)   // the operand
      .add_gated_registers(row_bytes, 8)
      .add_accumulators(1, kCounterBits);
}

/// Rows of both engines on their way, complete ones that wait, adders for the two shares of a row,
/// and pipelined dividers. Finished rows wait for their packet in the output buffer's pool.
inline PartList parts_of(const NormaliserConfig& config, std::uint64_t engines) {
  constexpr std::uint64_t kReadyRows = 2;
  constexpr std::uint64_t kRowBits =
      std::uint64_t{kRowBytes + 1} * kAccumulatorBits;          // and its sum
  constexpr std::uint64_t kDivisorBits = kAccumulatorBits + 1;  // twice the row sum, to round
  constexpr std::uint64_t kQuotientBits = 9;                    // int8, and the bit that rounds
  constexpr std::uint64_t kDividerStages = 3;  // three bits of the quotient in 2 ns
  constexpr std::uint64_t kExponentBits = 9;
  const std::uint64_t features = config.features_per_cycle;
  PartList parts;
  for (std::uint64_t engine = 0; engine < engines; ++engine) {
    parts.add_queue(config.row_queue_depth, kRowBits);
  }
  parts.add_latches(kReadyRows, kRowBits)
      .add_adders(features + 1, kAccumulatorBits)
      .add_network(kRowBytes / (features < kRowBytes ? features : kRowBytes), features,
                   kAccumulatorBits)
      .add_dividers(features, kDivisorBits, kQuotientBits)
      .add_registers(kDividerStages * features, 2 * kDivisorBits + kQuotientBits)
      .add_gated_registers(kRowBytes, 8)
      .add_comparators(config.merge_rows_per_cycle, kExponentBits)
      .add_network(engines, config.merge_rows_per_cycle, kExponentBits);
  if (config.carried_bytes_per_cycle) add_carried_rows(*config.carried_bytes_per_cycle, parts);
  return parts;
}

}  // namespace vitcod
