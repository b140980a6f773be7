// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>

#include "sim/base/json.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

struct FrameConfig;

/// Sets what a run's blocks counted against what their ways take in a cycle.
class WayFloors {
 public:
  /// `blocks`: the statistics of all blocks; must outlive this. `cycles`: of the run.
  WayFloors(const Json& blocks, Cycle cycles) : blocks_(blocks), cycles_(cycles) {}

  /// Of a way on which `a_cycle` of what the counters count pass in a cycle at most. `counters`:
  /// pointers into the statistics; those of blocks that the machine lacks count nothing. Throws
  /// ModelError that names the counters if more has passed than the run had cycles for.
  void limit(std::initializer_list<const char*> counters, std::uint64_t a_cycle) const;

 private:
  const Json& blocks_;
  Cycle cycles_;
};

/// The ways of what all machines have: ports of buffers and crossbar, operands and results of
/// linear layers, the layer norm, the hub. Throws as WayFloors does.
void require_frame_ways(const FrameConfig& config, const WayFloors& floors);

}  // namespace vitcod
