// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct QueryWindowConfig {
  std::uint32_t rows = 1;
  std::uint32_t heads = 1;
  std::uint32_t fetches = 1;
  std::uint32_t fetch_bytes = 1;
};

inline void read(ConfigReader& reader, QueryWindowConfig& config) {
  reader.required("rows", config.rows,
                  "Q rows of a head that the denser engine's Q/V buffer holds at a time",
                  Range{1U, 4096U});
  reader.required("heads", config.heads,
                  "Heads of a unit whose rows can pass by; a unit of more heads holds all rows",
                  Range{1U, 64U});
  reader.required("fetches", config.fetches,
                  "Missed rows that can be on their way from DRAM to the sparser engine's lines",
                  Range{1U, 1024U});
  reader.required("fetch_bytes", config.fetch_bytes,
                  "Longest row in DRAM that can be fetched; a unit of longer ones holds all rows",
                  Range{1U, 1U << 16U});
  reader.finish();
}

}  // namespace vitcod
