// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/local_buffer/line_groups.hpp"
#include "sim/base/config_reader.hpp"

namespace vitcod {

/// Geometry of an engine's Q/V or K/S buffer and of its network to the lines. Its memory is banks
/// of the input buffer, which the compiler hands out whole (see compiler).
struct LocalBufferConfig {
  std::uint32_t banks = 1;
  std::uint32_t ports_per_bank = 1;
  std::uint32_t bytes_per_access = 1;
  std::uint32_t ways = 1;
  std::uint32_t network_cycles = 0;
  std::uint32_t line_groups = 1;
};

inline void read(ConfigReader& reader, LocalBufferConfig& config) {
  reader.required("banks", config.banks,
                  "Rows are interleaved over so many banks, fewer if they fill fewer",
                  Range{1U, 4096U});
  reader.required("ports_per_bank", config.ports_per_bank,
                  "Different rows that a bank can serve at a time", Range{1U, 8U});
  reader.required("bytes_per_access", config.bytes_per_access,
                  "Width of a port and of a way: a longer row takes more cycles",
                  Range{1U, 65536U});
  reader.required("ways", config.ways,
                  "Rows that can be on their way from the banks to the lines at a time",
                  Range{1U, 4096U});
  reader.required("network_cycles", config.network_cycles,
                  "Registers of a way between a bank and a line", Range{0U, 64U});
  reader.required("line_groups", config.line_groups,
                  "Groups of neighbouring lines, to which the ways are dealt out: a way serves one "
                  "group alone; 1: every way reaches every line",
                  Range{1U, kMostLineGroups});
  reader.finish();
}

}  // namespace vitcod
