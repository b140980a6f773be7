// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

/// Geometry of an engine's Q/V or K/S buffer. Capacity is drawn from the input and output buffers,
/// which the controller partitions (see controller).
struct LocalBufferConfig {
  std::uint32_t banks = 1;
  std::uint32_t ports_per_bank = 1;
  std::uint32_t bytes_per_access = 1;
};

inline void read(ConfigReader& reader, LocalBufferConfig& config) {
  reader.required("banks", config.banks, "Rows are interleaved over the banks", Range{1U, 4096U});
  reader.required("ports_per_bank", config.ports_per_bank,
                  "Different rows that a bank can serve at a time", Range{1U, 8U});
  reader.required("bytes_per_access", config.bytes_per_access,
                  "Width of a port: a longer row takes more cycles", Range{1U, 65536U});
  reader.finish();
}

}  // namespace vitcod
