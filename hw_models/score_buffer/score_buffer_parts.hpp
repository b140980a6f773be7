// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/bill_of_materials/pool_banks.hpp"
#include "hw_models/local_buffer/line_groups_parts.hpp"
#include "hw_models/score_buffer/score_buffer_config.hpp"

namespace vitcod {

/// What an engine does with its part of S.
struct ScoreBufferUse {
  PoolBanks pool;  ///< the memory that it lies in
  std::uint32_t lines = 1;
  std::uint64_t scores_per_cycle = 1;  ///< that the score unit gives
  std::uint64_t item_bytes = 1;        ///< of a score with what lies beside it
  bool writes_words = false;    ///< scores of one word are written together; else each on its own
  bool counts_entries = false;  ///< the row table says where a row's next score goes
};

inline constexpr std::uint64_t kRowExponentBits = 9;  ///< also that of a row without entries
inline constexpr std::uint64_t kPlaceBits = 16;       ///< a word of S, and an item in it

/// Bytes of an entry of the row table.
inline std::uint64_t row_table_bytes(const ScoreBufferUse& use) {
  constexpr std::uint64_t kExponentBytes = 2;
  constexpr std::uint64_t kPlaceBytes = 2;
  return kExponentBytes + (use.counts_entries ? kPlaceBytes : 0);
}

/// The network between score unit, lines and S. Written: any score of a cycle at any place of a
/// way's word, or, if each is written on its own, once a way, since a bank writes the bytes of one
/// place alone; the ways to the ports of the banks. Read: the banks to the ways, their registers,
/// the ways to the lines of their groups, where a score of the word is chosen.
inline PartList parts_of(const ScoreBufferConfig& config, const ScoreBufferUse& use) {
  constexpr std::uint64_t kWordAddressBits = 13;  // 5,360 words of 16 bytes in 84 KB, and room
  const std::uint64_t word_bits = std::uint64_t{8} * config.bytes_per_access;
  const std::uint64_t item_bits = 8 * use.item_bytes;
  const std::uint64_t written_bits = use.writes_words ? word_bits : item_bits;
  const std::uint64_t ports = use.pool.apart(config.banks) * config.ports_per_bank;
  const std::uint64_t items = config.bytes_per_access / use.item_bytes;
  PartList parts;
  add_pool_ports(use.pool, config.banks, config.ports_per_bank, config.bytes_per_access, parts);
  parts.add_network(use.scores_per_cycle, config.ways, written_bits)
      .add_network(config.ways, ports, word_bits)
      .add_network(ports, config.ways, word_bits)
      .add_registers(std::uint64_t{config.network_cycles} * config.ways, word_bits)
      .add_network(items, use.lines, item_bits);
  const LineGroups groups(config.line_groups, config.ways, use.lines);
  add_ways_to_lines(groups, word_bits, parts);
  add_requests(groups, kWordAddressBits, parts);
  return parts;
}

/// The row table: a memory of its own. Each update of a cycle compares exponents, and counts where
/// that is asked for. From any score to each update, from any update to a way's address, and the
/// rows' exponents to the lines.
inline PartList row_table_parts(const ScoreBufferConfig& config, const ScoreBufferUse& use) {
  constexpr std::uint64_t kRowBits = 10;  // of 1,024 rows
  const std::uint64_t updates =           // with one port, one in two cycles
      std::uint64_t{config.table_banks} * (config.table_ports > 1 ? config.table_ports / 2 : 1);
  const std::uint64_t entry_bytes = row_table_bytes(use);
  PartList parts;
  parts.memory = MemoryNeed{config.table_rows * entry_bytes, config.table_banks, entry_bytes,
                            config.table_ports};
  parts.add_network(use.scores_per_cycle, updates, kRowBits + kRowExponentBits)
      .add_comparators(updates, kRowExponentBits)
      .add_network(2, updates, kRowExponentBits)
      .add_registers(updates, 8 * entry_bytes)  // between the read and the write
      .add_network(config.table_banks, use.lines, kRowExponentBits);
  if (use.counts_entries) {
    parts.add_adders(updates, kPlaceBits).add_network(updates, config.ways, kPlaceBits);
  }
  return parts;
}

}  // namespace vitcod
