// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/compiler/target.hpp"
#include "hw_models/program/program.hpp"

namespace vitcod {

/// A program in the making, to which each kind of work appends its jobs, tile by tile.
class JobList {
 public:
  JobList(const Target& target, Program& program) : target_(target), program_(program) {}

  const Target& target() const { return target_; }

  RegionId add_region(PoolId pool, std::uint64_t bytes);
  /// Bytes of DRAM for a table, from a 4 KiB boundary on.
  void add_table(Table table) { program_.tables.push_back(std::move(table)); }

  /// The first job of a tile. Its loads wait until the prefetch reaches it, and until the results
  /// of an encoding right before it are in DRAM.
  Job& begin_tile(std::uint32_t layer);
  /// A further job of the tile.
  Job& add_job(std::uint32_t layer);
  /// The job added last is the last one of its tile. `read_again`: by what follows, from DRAM.
  void end_tile(bool read_again);

  /// Number of a job, for its transfers.
  std::uint32_t last_job() const { return static_cast<std::uint32_t>(program_.jobs.size() - 1); }

 private:
  const Target& target_;
  Program& program_;
  std::vector<JobId> tile_ends_;
  bool read_again_ = false;  ///< the results of the tile before
};

}  // namespace vitcod
