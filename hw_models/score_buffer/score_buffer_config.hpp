// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/local_buffer/line_groups.hpp"
#include "sim/base/config_reader.hpp"

namespace vitcod {

/// Items of so many bytes in a word of S; an item never spans two.
inline std::uint32_t items_a_word(std::uint32_t word_bytes, std::uint32_t item_bytes) {
  return std::max(1U, word_bytes / item_bytes);
}

/// Geometry of an engine's part of S and of its row table. The memory of S is banks of the output
/// buffer, which the compiler hands out whole; the row table is a memory of its own.
struct ScoreBufferConfig {
  std::uint32_t banks = 1;
  std::uint32_t ports_per_bank = 1;
  std::uint32_t bytes_per_access = 8;
  std::uint32_t ways = 1;
  std::uint32_t network_cycles = 0;
  std::uint32_t table_rows = 1;
  std::uint32_t table_banks = 1;
  std::uint32_t table_ports = 1;
  std::uint32_t line_groups = 1;
};

inline void read(ConfigReader& reader, ScoreBufferConfig& config) {
  reader.required("banks", config.banks,
                  "Words are interleaved over so many banks, fewer if they fill fewer",
                  Range{1U, 4096U});
  reader.required("ports_per_bank", config.ports_per_bank,
                  "Words that a bank can read or write at a time", Range{1U, 8U});
  reader.required("bytes_per_access", config.bytes_per_access,
                  "A word: width of a port and of a way", Range{8U, 65536U});
  reader.required("ways", config.ways, "Words that can pass between the lines and S at a time",
                  Range{1U, 4096U});
  reader.required("network_cycles", config.network_cycles,
                  "Registers of a way from a bank to a line", Range{0U, 64U});
  reader.required("table_rows", config.table_rows,
                  "Rows of a tile whose largest exponent and number of entries are kept",
                  Range{1U, 1U << 20U});
  reader.required("table_banks", config.table_banks, "Banks of the row table", Range{1U, 4096U});
  reader.required("table_ports", config.table_ports,
                  "Ports of a bank of the row table: with one, an update takes two cycles",
                  Range{1U, 8U});
  reader.required("line_groups", config.line_groups,
                  "Groups of neighbouring lines, to which the ways are dealt out when words are "
                  "read: a way serves one group alone; 1: every way reaches every line",
                  Range{1U, kMostLineGroups});
  reader.finish();
}

}  // namespace vitcod
