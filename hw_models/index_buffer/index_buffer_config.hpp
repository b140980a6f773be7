// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct IndexBufferConfig {
  std::uint32_t capacity_bytes = 0;
  std::uint32_t reads_per_cycle = 1;
};

inline void read(ConfigReader& reader, IndexBufferConfig& config) {
  reader.required("capacity_bytes", config.capacity_bytes, "CSC indices of the units on chip",
                  at_least(1U));
  reader.required("reads_per_cycle", config.reads_per_cycle,
                  "Column segments or rows that can be looked up in a cycle", at_least(1U));
  reader.finish();
}

}  // namespace vitcod
