// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>

#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "sim/base/int_math.hpp"
#include "sim/base/rate.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Cycles of a kernel on the array, from its first to its last.
struct GemmCycles {
  std::uint64_t fill = 0;      ///< constants and the first chunk of W come to the registers
  std::uint64_t steps = 0;     ///< lines multiply
  std::uint64_t starving = 0;  ///< the next chunk of W is not there yet
  std::uint64_t carrying = 0;  ///< row steps wait for sums that come from or go to the buffer
  std::uint64_t total() const { return fill + steps + starving + carrying; }
};

/// What a kernel asks of the array.
struct GemmWork {
  std::uint64_t rows = 1;
  std::uint64_t columns = 1;
  std::uint64_t features = 1;
  std::uint64_t constant_bytes = 0;  ///< 0 unless the block begins
  bool turns_inputs = false;
  bool weights_by_row = false;
  bool has_beside_weights = false;
  bool resumes_sums = false;  ///< with the first chunk
  bool leaves_sums = false;   ///< with the last one
};

inline constexpr std::uint64_t kGemmSumBytes = 4;  ///< of an accumulator
inline constexpr std::uint64_t kCodesPerByte = 8;

/// What the array and the drain take for given work.
struct GemmCost {
  std::uint64_t lines = 1;
  std::uint64_t macs_per_line = 1;
  Bandwidth weight_bandwidth;
  Bandwidth input_bandwidth;  ///< of what is broadcast
  Bandwidth write_bandwidth;  ///< of packets
  std::uint64_t drain_lanes = 1;
  std::uint64_t drain_latency = 1;
  std::uint64_t pipeline = 0;
  std::uint64_t reconfigure = 0;
  std::uint64_t accumulator_rows = 1;
  std::uint64_t accumulator_files = 1;
  std::optional<std::uint64_t> divide;  ///< a reciprocal; absent: there is no linear attention
  std::uint64_t shift_lanes = 0;        ///< of a line; 0: lines do not shift
  std::optional<Bandwidth> carried_bandwidth;  ///< absent: sums are not carried
  std::uint64_t add_lanes = 0;                 ///< of a line; 0: lines do not add by codes
  bool takes_codes = false;                    ///< X is codes, a bit each

  /// Of layers whose products are formed so: with as many features a step as the lines take then.
  GemmCost of(Primitive primitive) const {
    GemmCost cost = *this;
    if (primitive == Primitive::kShift) cost.macs_per_line = shift_lanes;
    if (primitive == Primitive::kAdd) {
      cost.macs_per_line = add_lanes;
      cost.takes_codes = true;
    }
    return cost;
  }
  /// Bytes that so many elements of X take; of codes whole ones.
  std::uint64_t bytes_of_inputs(std::uint64_t elements) const {
    return takes_codes ? ceil_div(elements, kCodesPerByte) : elements;
  }

  /// `constant_bytes`: 0 unless the block begins.
  GemmCycles cycles(std::uint64_t rows, std::uint64_t columns, std::uint64_t features,
                    std::uint64_t constant_bytes) const {
    return cycles({rows, columns, features, constant_bytes});
  }
  GemmCycles cycles(const GemmWork& work) const {
    const std::uint64_t chunks = ceil_div(work.features, macs_per_line);
    const std::uint64_t last = work.features - (chunks - 1) * macs_per_line;
    const std::uint64_t first = std::min(work.features, macs_per_line);
    const std::uint64_t load = std::max(weight_cycles(work, first), turn_cycles(work, first));
    const std::uint64_t last_load = std::max(weight_cycles(work, last), turn_cycles(work, last));
    const std::uint64_t step = work.rows * ceil_div(first, inputs_a_cycle());
    const std::uint64_t last_step = work.rows * ceil_div(last, inputs_a_cycle());
    const bool leaves_with_first = work.leaves_sums && chunks == 1;
    const std::uint64_t resuming =
        carrying_cycles(work, first, (work.resumes_sums ? 1U : 0U) + (leaves_with_first ? 1U : 0U));
    GemmCycles cycles;
    // Constants and weights come one way, what is turned comes another.
    cycles.fill =
        std::max(weight_bandwidth.cycles_for(work.constant_bytes) + weight_cycles(work, first),
                 turn_cycles(work, first));
    cycles.steps = (chunks - 1) * step + last_step;
    // The last sums pass the lines' registers.
    cycles.carrying = resuming + (work.leaves_sums ? pipeline : 0);
    if (chunks < 2) return cycles;
    cycles.carrying += carrying_cycles(work, last, work.leaves_sums ? 1U : 0U);
    // A chunk is loaded while the lines work on the one before.
    const std::uint64_t first_step = step + resuming;
    const auto beyond = [](std::uint64_t load_cycles, std::uint64_t under) {
      return std::max(under, load_cycles) - under;
    };
    cycles.starving = beyond(chunks == 2 ? last_load : load, first_step);
    if (chunks > 2) cycles.starving += (chunks - 3) * beyond(load, step) + beyond(last_load, step);
    return cycles;
  }
  std::uint64_t drain_cycles(std::uint64_t rows, std::uint64_t columns) const {
    return rows * ceil_div(columns, drain_lanes);
  }
  /// Of rows that are divided: a reciprocal is made under the row before.
  std::uint64_t dividing_cycles(std::uint64_t rows, std::uint64_t columns) const {
    return first_reciprocal() + rows * std::max(ceil_div(columns, drain_lanes), *divide);
  }
  /// Before the first row can be divided: its divisor is brought to 16 bits first.
  std::uint64_t first_reciprocal() const { return *divide + 1; }

  /// A row of W that all lines take begins at a multiple of this in its region.
  std::uint64_t weight_pitch(std::uint64_t columns) const {
    return columns >= weight_bandwidth
               ? weight_bandwidth.whole_cycles_of(columns)
               : std::min<std::uint64_t>(weight_bandwidth, std::bit_ceil(columns));
  }
  /// Likewise of X that is turned.
  std::uint64_t turned_pitch(std::uint64_t rows) const {
    return input_bandwidth.whole_cycles_of(bytes_of_inputs(rows));
  }

 private:
  /// By how much the row steps of a chunk are longer since a row's sums come or go, or both: so
  /// many times on the one way to the buffer.
  std::uint64_t carrying_cycles(const GemmWork& work, std::uint64_t features,
                                std::uint64_t times) const {
    if (times == 0) return 0;
    const std::uint64_t row = times * carried_bandwidth->cycles_for(kGemmSumBytes * work.columns);
    const std::uint64_t step = ceil_div(features, inputs_a_cycle());
    return work.rows * (std::max(step, row) - step);
  }
  /// Elements of X that are broadcast in a cycle.
  std::uint64_t inputs_a_cycle() const {
    return (takes_codes ? kCodesPerByte : 1) * input_bandwidth;
  }
  /// Until the weights of so many features are in the registers.
  std::uint64_t weight_cycles(const GemmWork& work, std::uint64_t features) const {
    if (!work.weights_by_row) return weight_bandwidth.cycles_for(work.columns * features);
    const std::uint64_t beside =
        work.has_beside_weights ? weight_bandwidth.cycles_for(features) : 0;
    return features * weight_bandwidth.cycles_for(work.columns) + beside;
  }
  /// Until so many features of all rows are in the block that turns them, feature by feature.
  std::uint64_t turn_cycles(const GemmWork& work, std::uint64_t features) const {
    return work.turns_inputs ? features * ceil_div(work.rows, inputs_a_cycle()) : 0;
  }
};

inline GemmCost cost_of(const MacLinesConfig& lines, const GemmEngineConfig& config) {
  GemmCost cost;
  cost.lines = lines.lines;
  cost.macs_per_line = lines.macs_per_line;
  cost.weight_bandwidth = config.weight_bytes_per_cycle;
  cost.input_bandwidth = config.input_bytes_per_cycle;
  cost.write_bandwidth = config.write_bytes_per_cycle;
  cost.drain_lanes = config.drain_lanes;
  cost.drain_latency = config.drain_latency_cycles;
  cost.pipeline = lines.pipeline_cycles;
  cost.reconfigure = lines.reconfigure_cycles;
  cost.accumulator_rows = config.accumulator_rows;
  cost.accumulator_files = config.accumulator_files;
  cost.shift_lanes = lines.shift_lanes_per_line.value_or(0);
  cost.carried_bandwidth = config.carried_bytes_per_cycle;
  cost.add_lanes = lines.add_lanes_per_line.value_or(0);
  if (config.linear_attention) cost.divide = config.linear_attention->divide_cycles;
  return cost;
}

}  // namespace vitcod
