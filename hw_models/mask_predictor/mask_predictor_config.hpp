// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/config_reader.hpp"

namespace vitcod {

struct MaskPredictorConfig {
  std::uint32_t rows = 1;
  std::uint32_t columns = 1;
  std::uint32_t operand_rows_per_cycle = 1;
  std::uint32_t exps_per_row = 1;
  std::uint32_t keys_per_cycle = 1;
  std::uint32_t latency_cycles = 1;
  std::uint32_t max_keys = 1;
};

inline void read(ConfigReader& reader, MaskPredictorConfig& config) {
  reader.required("rows", config.rows, "Rows of 4-bit multipliers: queries at a time",
                  Range{1U, 1U << 12U});
  reader.required("columns", config.columns, "4-bit multipliers of a row: keys at a time",
                  Range{1U, 1U << 12U});
  reader.required("operand_rows_per_cycle", config.operand_rows_per_cycle,
                  "Rows of Q or K, of up to 64 features, that enter the array in a cycle",
                  Range{1U, 1U << 12U});
  reader.required("exps_per_row", config.exps_per_row, "Scores whose exp a row finds in a cycle",
                  Range{1U, 1U << 12U});
  reader.required("keys_per_cycle", config.keys_per_cycle,
                  "Keys whose scores are compared with the threshold in a cycle, in all rows",
                  Range{1U, 64U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from a block's last product to its exp, and from its row sums to the "
                  "first comparison, together",
                  Range{1U, 4096U});
  reader.required("max_keys", config.max_keys, "Keys of a head whose exps are held",
                  Range{1U, 1U << 18U});
  reader.finish();
}

}  // namespace vitcod
