// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct SoftmaxUnitConfig {
  std::uint32_t parallelism = 1;
  std::uint32_t fifo_depth = 1;
  std::uint32_t latency_cycles = 1;
  std::uint32_t operand_fraction_bits = 0;
  std::uint32_t row_queue_depth = 1;
};

inline void read(ConfigReader& reader, SoftmaxUnitConfig& config) {
  reader.required("parallelism", config.parallelism, "Scores that each of its passes takes a cycle",
                  Range{1U, 1U << 16U});
  reader.required("fifo_depth", config.fifo_depth,
                  "Scores of a row that a lane holds until their largest one is known",
                  Range{1U, 1U << 16U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from a row's last weight to the row behind the unit", Range{1U, 4096U});
  reader.required("operand_fraction_bits", config.operand_fraction_bits,
                  "Fraction bits of Q and K as fixed-point numbers", Range{0U, 7U});
  reader.required("row_queue_depth", config.row_queue_depth,
                  "Rows on their way behind the unit, those in its pipeline included",
                  Range{1U, 1U << 16U});
  reader.finish();
}

}  // namespace vitcod
