// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct TokenSelectorConfig {
  std::uint32_t macs = 1;
  Bandwidth read_bytes_per_cycle;
  std::uint32_t entries_per_cycle = 1;
  std::uint32_t max_tokens = 1;
  std::uint32_t max_query_bytes = 1;
  std::uint32_t divide_cycles = 1;
  std::uint32_t pass_latency_cycles = 1;
  std::uint32_t latency_cycles = 1;
  std::optional<bool> emits_dropped = {};
};

inline void read(ConfigReader& reader, TokenSelectorConfig& config) {
  reader.required("macs", config.macs, "int8 multipliers that a row of K meets the query in",
                  Range{1U, 1U << 16U});
  reader.required("read_bytes_per_cycle", config.read_bytes_per_cycle,
                  "Width at which queries, keys, origins and logits enter", at_least(1U));
  reader.required("entries_per_cycle", config.entries_per_cycle,
                  "Tokens, or logits, that a pass over them takes in a cycle", Range{1U, 4096U});
  reader.required("max_tokens", config.max_tokens,
                  "Tokens, and logits, that the memories have entries for", Range{1U, 1U << 15U});
  reader.required("max_query_bytes", config.max_query_bytes,
                  "Bytes of the class token's query, of all heads", Range{1U, 1U << 16U});
  reader.required("divide_cycles", config.divide_cycles,
                  "Cycles of the reciprocal of a head's sum of weights", Range{1U, 4096U});
  reader.required("pass_latency_cycles", config.pass_latency_cycles,
                  "Cycles from the last word of a pass to what follows from it", Range{1U, 4096U});
  reader.required("latency_cycles", config.latency_cycles,
                  "Cycles from the last bytes of a row or of logits to their entries, and from the "
                  "last pass to the packets of results",
                  Range{1U, 4096U});
  reader.optional(
      "emits_dropped", config.emits_dropped,
      "Whether it can name the dropped tokens too, and what all weigh: for fused tokens; "
      "absent: false");
  reader.finish();
}

}  // namespace vitcod
