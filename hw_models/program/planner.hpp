// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/program/work_unit.hpp"

namespace vitcod {

/// What the machine offers to a plan.
struct PlanLimits {
  std::uint64_t input_bytes = 0;           ///< for Q, K, V and resident compressed rows
  std::uint64_t output_bytes = 0;          ///< for S and finished output rows
  std::uint64_t index_bytes = 0;           ///< for CSC indices
  double dram_bytes_per_cycle = 0;         ///< peak, per accelerator cycle
  std::uint32_t unit_overhead_cycles = 0;  ///< reconfiguration and drain of a unit's two phases
  bool two_engines = true;
  bool query_forwarding = true;
};

/// Bytes that a unit holds on chip.
struct UnitFootprint {
  std::uint64_t denser_query = 0;   ///< Q rows in the denser engine's Q/V buffer
  std::uint64_t sparser_query = 0;  ///< Q rows in the sparser engine's Q/V buffer
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  std::uint64_t scores = 0;
  std::uint64_t output = 0;
  std::uint64_t index = 0;
};
UnitFootprint footprint(const WorkUnit& unit, bool query_forwarding);

/// Cuts a layer into work units, once and offline, as the ViTCoD compiler does (section V: buffers
/// and lines are repartitioned per layer). Candidates are the head groups (all heads, half, a
/// third, ...), each with the fewest row tiles that fit. Rule: take the one that is predicted to be
/// fastest, the longer of its phases (LineSplitter) and its DRAM bytes at peak bandwidth; among
/// equals the one that moves the fewest bytes, then the one with the most heads.
/// S never leaves the chip: a tile is cut until its scores fit. Throws InputError, naming the
/// buffer and the bytes needed, if a single row of a single head does not fit.
std::vector<WorkUnit> plan_layer(const AttentionLayer& layer, const PlanLimits& limits,
                                 const LineSplitter& splitter);

/// Cuts an encoding into tiles of tokens whose results fit the output buffer. Throws InputError if
/// those of a single token do not.
std::vector<WorkUnit> plan_encode(const EncodeLayer& layer, const PlanLimits& limits);

}  // namespace vitcod
