// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/pack_unit/packed_pass.hpp"
#include "sim/base/config_reader.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

struct ScoreArrayConfig {
  std::uint32_t rows = 1;
  std::uint32_t columns = 1;
  std::uint32_t segment_keys = 1;
  Bandwidth query_bytes_per_cycle;
  Bandwidth segment_bytes_per_cycle;
  std::uint32_t exps_per_row = 1;
  std::uint32_t exp_latency_cycles = 1;
  bool overlapped_phases = false;
  std::uint32_t accumulator_rows = 1;
  std::uint32_t drain_features_per_cycle = 1;
  std::uint32_t operand_fraction_bits = 0;

  PassShape shape() const { return PassShape{rows, columns, segment_keys}; }
};

inline void read(ConfigReader& reader, ScoreArrayConfig& config) {
  reader.required("rows", config.rows, "Rows of PEs: sub-rows of a pass", Range{1U, 1U << 12U});
  reader.required("columns", config.columns, "PEs of a row: entries of a sub-row",
                  Range{1U, kMaxSegmentKeys});
  reader.required("segment_keys", config.segment_keys,
                  "Keys that a pass chooses from: width of the chains of K and V",
                  Range{1U, kMaxSegmentKeys});
  reader.required("query_bytes_per_cycle", config.query_bytes_per_cycle,
                  "Width at which Q rows enter the rows of PEs, one row after the other",
                  Range{1U, 1U << 16U});
  reader.required("segment_bytes_per_cycle", config.segment_bytes_per_cycle,
                  "Width at which K and V rows of the next segment enter its registers",
                  Range{1U, 1U << 16U});
  reader.required("exps_per_row", config.exps_per_row, "Scores whose exp a row finds in a cycle",
                  Range{1U, kMaxSegmentKeys});
  reader.required("exp_latency_cycles", config.exp_latency_cycles,
                  "Cycles from a row's last score to its exp, back in its PE", Range{1U, 4096U});
  reader.required("overlapped_phases", config.overlapped_phases,
                  "Whether a row goes on to the next phase while those behind it are in the last "
                  "one");
  reader.required("accumulator_rows", config.accumulator_rows,
                  "Output rows of up to 64 features that are summed up", Range{1U, 1U << 20U});
  reader.required("drain_features_per_cycle", config.drain_features_per_cycle,
                  "Features of a finished row that leave in a cycle", Range{1U, 1U << 16U});
  reader.required("operand_fraction_bits", config.operand_fraction_bits,
                  "Fraction bits of Q and K as fixed-point numbers", Range{0U, 7U});
  reader.finish();
}

}  // namespace vitcod
