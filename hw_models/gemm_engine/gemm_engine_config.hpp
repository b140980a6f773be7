// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What the array has more for linear attention.
struct GemmAttentionConfig {
  std::uint32_t divide_cycles = 1;
};

inline void read(ConfigReader& reader, GemmAttentionConfig& config) {
  reader.required("divide_cycles", config.divide_cycles,
                  "Cycles of the reciprocal that a row of results is multiplied by",
                  Range{1U, 16U});
  reader.finish();
}

struct GemmEngineConfig {
  std::uint32_t accumulator_rows = 1;
  std::uint32_t accumulator_files = 1;
  Bandwidth weight_bytes_per_cycle;
  Bandwidth input_bytes_per_cycle;
  Bandwidth write_bytes_per_cycle;
  std::uint32_t drain_lanes = 1;
  std::uint32_t drain_latency_cycles = 1;
  std::optional<GemmAttentionConfig> linear_attention{};  ///< absent: it is not there
  std::optional<Bandwidth> carried_bytes_per_cycle{};     ///< absent: sums are not carried
};

inline void read(ConfigReader& reader, GemmEngineConfig& config) {
  reader.required("accumulator_rows", config.accumulator_rows,
                  "int32 accumulators of a line: rows of a block", Range{1U, 1U << 12U});
  reader.required("accumulator_files", config.accumulator_files,
                  "Blocks that have their accumulators at a time; 2: one drains under the next",
                  Range{1U, 2U});
  reader.required("weight_bytes_per_cycle", config.weight_bytes_per_cycle,
                  "Width of the way from the weight buffer to the lines' registers", at_least(1U));
  reader.required("input_bytes_per_cycle", config.input_bytes_per_cycle,
                  "Width of the way on which a row of X is broadcast to all lines", at_least(1U));
  reader.required("write_bytes_per_cycle", config.write_bytes_per_cycle,
                  "Width at which packets are written to the banks of either buffer", at_least(1U));
  reader.required("drain_lanes", config.drain_lanes, "Results that are finished in a cycle",
                  Range{1U, 1U << 16U});
  reader.required("drain_latency_cycles", config.drain_latency_cycles,
                  "Cycles from the last sum of a packet to the packet", Range{1U, 4096U});
  reader.optional_object("linear_attention", config.linear_attention,
                         "What the array has more for linear attention; absent: nothing");
  reader.optional("carried_bytes_per_cycle", config.carried_bytes_per_cycle,
                  "Of sums that wait in the output buffer while pieces of W stay for other rows: "
                  "read or written; absent: sums never leave their accumulators",
                  at_least(1U));
  reader.finish();
}

}  // namespace vitcod
