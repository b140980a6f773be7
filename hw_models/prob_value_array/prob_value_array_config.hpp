// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct ProbValueArrayConfig {
  std::uint32_t value_banks = 1;
  std::uint32_t dividers = 1;
  std::uint32_t latency_cycles = 1;
};

inline void read(ConfigReader& reader, ProbValueArrayConfig& config) {
  reader.required("value_banks", config.value_banks,
                  "Rows of V that are read in a cycle at most, each from a bank of its own",
                  Range{1U, 1U << 16U});
  reader.required("dividers", config.dividers,
                  "Features of an output row that are divided by its sum in a cycle",
                  Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from a row's last product to its output row", Range{1U, 4096U});
  reader.finish();
}

}  // namespace vitcod
