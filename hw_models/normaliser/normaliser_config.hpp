// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct NormaliserConfig {
  std::uint32_t features_per_cycle = 1;
  std::uint32_t merge_rows_per_cycle = 1;
  std::uint32_t rows_buffered = 2;
  std::uint32_t row_queue_depth = 2;
  std::optional<Bandwidth> carried_bytes_per_cycle = {};  ///< none: rows cannot be carried
};

inline void read(ConfigReader& reader, NormaliserConfig& config) {
  reader.required("features_per_cycle", config.features_per_cycle,
                  "Output features that are merged and divided in a cycle", at_least(1U));
  reader.required("merge_rows_per_cycle", config.merge_rows_per_cycle,
                  "Rows whose largest exponents are merged in a cycle between the phases",
                  at_least(1U));
  reader.required("rows_buffered", config.rows_buffered,
                  "Partial rows of each engine that can wait for the other engine's share",
                  Range{2U, 1U << 16U});
  reader.required("row_queue_depth", config.row_queue_depth,
                  "Finished rows of each engine on their way to the normaliser",
                  Range{1U, 1U << 16U});
  reader.optional("carried_bytes_per_cycle", config.carried_bytes_per_cycle,
                  "Of rows that are carried from a tile of their keys to the next: read from the "
                  "output buffer, or written to it, in a cycle; none: keys cannot be cut",
                  at_least(1U));
  reader.finish();
}

}  // namespace vitcod
