// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "hw_models/score_array/score_array_config.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

/// Cycles of a pass, phase by phase.
struct PassCycles {
  std::uint64_t sddmm = 0;
  std::uint64_t exp = 0;
  std::uint64_t spmm = 0;

  std::uint64_t total() const { return sddmm + exp + spmm; }
};

/// Features and keys of a head that passes are of.
struct PassSize {
  std::uint64_t query_features = 1;
  std::uint64_t value_features = 1;
  std::uint64_t num_keys = 1;
};

/// What an array takes that always has a pass to work on.
struct ScoreArrayCost {
  ScoreArrayConfig config;

  /// Rows of the memory of sums that output rows take.
  std::uint64_t accumulator_rows(std::uint64_t num_rows, std::uint64_t value_features) const {
    constexpr std::uint64_t kFeatures = 64;
    return num_rows * ceil_div(value_features, kFeatures);
  }
  /// Cycles between the beginnings of two rows of PEs: Q rows enter one after the other.
  std::uint64_t row_step(std::uint64_t query_features) const {
    return config.query_bytes_per_cycle.cycles_for(query_features);
  }
  /// Until the array has run empty behind a row's or a pass's last cycle: row by row, and PE by PE.
  std::uint64_t skew(std::uint64_t sub_rows, std::uint64_t step) const {
    return (sub_rows - 1) * step + (config.columns - 1);
  }
  /// Rows of a segment enter the registers of its keys. Those of V do so during the products of Q
  /// and K, those of the next pass's K during the products with V.
  std::uint64_t segment_cycles(std::uint64_t num_keys, std::uint64_t features) const {
    const std::uint64_t keys = std::min<std::uint64_t>(config.segment_keys, num_keys);
    return config.segment_bytes_per_cycle.cycles_for(keys * features);
  }
  /// Of so many sub-rows, at least one, of a head of `size.num_keys`. Without overlap each phase
  /// ends in all rows before the next one begins. With it the phases of a row follow each other,
  /// and the next pass follows as soon as the first row is free and the last Q row of this one has
  /// entered.
  PassCycles pass(std::uint64_t sub_rows, const PassSize& size) const {
    const std::uint64_t step = row_step(size.query_features);
    PassCycles cycles;
    cycles.exp = ceil_div(std::uint64_t{config.columns}, std::uint64_t{config.exps_per_row}) +
                 config.exp_latency_cycles;
    cycles.sddmm = size.query_features;
    cycles.spmm = size.value_features;
    if (!config.overlapped_phases) {
      cycles.sddmm += skew(sub_rows, step);
      cycles.spmm += skew(sub_rows, 1);
    }
    cycles.sddmm = std::max(cycles.sddmm, segment_cycles(size.num_keys, size.value_features));
    cycles.spmm = std::max(cycles.spmm, segment_cycles(size.num_keys, size.query_features));
    if (config.overlapped_phases && sub_rows * step > cycles.total()) {
      cycles.sddmm += sub_rows * step - cycles.total();
    }
    return cycles;
  }
  /// From the cycles of a pass until its last sums are there.
  std::uint64_t tail(std::uint64_t sub_rows, std::uint64_t query_features) const {
    return config.overlapped_phases ? skew(sub_rows, row_step(query_features)) : 0;
  }
  /// Output rows that leave at the end of a tile.
  std::uint64_t drain_cycles(std::uint64_t num_rows, std::uint64_t value_features) const {
    return num_rows * ceil_div(value_features, std::uint64_t{config.drain_features_per_cycle});
  }
};

inline ScoreArrayCost cost_of(const ScoreArrayConfig& config) { return ScoreArrayCost{config}; }

}  // namespace vitcod
