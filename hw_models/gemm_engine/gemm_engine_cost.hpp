// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Cycles of a kernel on the array, from its first to its last.
struct GemmCycles {
  std::uint64_t fill = 0;      ///< constants and the first chunk of W come to the registers
  std::uint64_t steps = 0;     ///< lines multiply
  std::uint64_t starving = 0;  ///< the next chunk of W is not there yet
  std::uint64_t total() const { return fill + steps + starving; }
};

/// What the array and the drain take for given work.
struct GemmCost {
  std::uint64_t lines = 1;
  std::uint64_t macs_per_line = 1;
  std::uint64_t weight_bytes = 1;  ///< a cycle
  std::uint64_t input_bytes = 1;   ///< a cycle, broadcast
  std::uint64_t write_bytes = 1;   ///< a cycle, of packets
  std::uint64_t drain_lanes = 1;
  std::uint64_t drain_latency = 1;
  std::uint64_t pipeline = 0;
  std::uint64_t reconfigure = 0;
  std::uint64_t accumulator_rows = 1;
  std::uint64_t accumulator_files = 1;

  /// `constant_bytes`: 0 unless the block begins.
  GemmCycles cycles(std::uint64_t rows, std::uint64_t columns, std::uint64_t features,
                    std::uint64_t constant_bytes) const {
    const std::uint64_t chunks = ceil_div(features, macs_per_line);
    const std::uint64_t last = features - (chunks - 1) * macs_per_line;
    const std::uint64_t first = std::min(features, macs_per_line);
    const std::uint64_t load = ceil_div(columns * first, weight_bytes);
    const std::uint64_t last_load = ceil_div(columns * last, weight_bytes);
    const std::uint64_t step = rows * ceil_div(first, input_bytes);
    const std::uint64_t last_step = rows * ceil_div(last, input_bytes);
    GemmCycles cycles;
    cycles.fill = ceil_div(constant_bytes, weight_bytes) + load;
    cycles.steps = (chunks - 1) * step + last_step;
    if (chunks < 2) return cycles;
    // A chunk is loaded while the lines work on the one before.
    cycles.starving =
        (chunks - 2) * (std::max(step, load) - step) + std::max(step, last_load) - step;
    return cycles;
  }
  std::uint64_t drain_cycles(std::uint64_t rows, std::uint64_t columns) const {
    return rows * ceil_div(columns, drain_lanes);
  }
};

inline GemmCost cost_of(const MacLinesConfig& lines, const GemmEngineConfig& config) {
  GemmCost cost;
  cost.lines = lines.lines;
  cost.macs_per_line = lines.macs_per_line;
  cost.weight_bytes = config.weight_bytes_per_cycle;
  cost.input_bytes = config.input_bytes_per_cycle;
  cost.write_bytes = config.write_bytes_per_cycle;
  cost.drain_lanes = config.drain_lanes;
  cost.drain_latency = config.drain_latency_cycles;
  cost.pipeline = lines.pipeline_cycles;
  cost.reconfigure = lines.reconfigure_cycles;
  cost.accumulator_rows = config.accumulator_rows;
  cost.accumulator_files = config.accumulator_files;
  return cost;
}

}  // namespace vitcod
