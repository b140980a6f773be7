// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "hw_models/compiler/target.hpp"
#include "hw_models/program/program.hpp"
#include "workloads/trace.hpp"

namespace vitcod {

/// Numbers of the weight sets that units hold, two at a time (WeightRegisters). The loads of a set
/// wait until all rows have come that need the set but one before it.
class WeightSets {
 public:
  /// A new set, that `first` loads.
  std::uint32_t begin(Job& first) {
    if (last_users_.size() == 2) {
      first.loads_wait_for.push_back(
          Dependency{last_users_.front(), Dependency::Milestone::kDelivered});
      last_users_.pop_front();
    }
    last_users_.emplace_back();
    return ++number_;
  }
  /// `job` loads rows that need the newest set.
  void use(JobId job) { last_users_.back() = job; }

 private:
  std::uint32_t number_ = 0;
  std::deque<JobId> last_users_;
};

/// A program in the making, to which each kind of work appends its jobs, tile by tile.
class JobList {
 public:
  JobList(const Target& target, Program& program) : target_(target), program_(program) {}

  const Target& target() const { return target_; }

  RegionId add_region(PoolId pool, std::uint64_t bytes);
  /// Bytes of DRAM for a table, from a 4 KiB boundary on.
  void add_table(Table table) { program_.tables.push_back(std::move(table)); }

  /// The first job of a tile. Its loads wait until the prefetch reaches it.
  Job& begin_tile(std::uint32_t layer);
  /// A further job of the tile.
  Job& add_job(std::uint32_t layer);
  /// The job added last is the last one of its tile.
  void end_tile();

  /// Adds a load to the job added last.
  Load& add_load(Transfer transfer, std::vector<RegionId> claims);
  Job& job() { return program_.jobs.back(); }
  JobId last_job() const { return static_cast<JobId>(program_.jobs.size() - 1); }

  /// `tensor` is written by the job added last: who reads it waits until it is in DRAM.
  void note_written(TensorId tensor) { writers_[tensor] = last_job(); }
  /// Which part of `tensor` is read is known by the job added last: who reads it waits likewise.
  void note_known(TensorId tensor) { writers_[tensor] = last_job(); }
  /// Makes the loads of the job added last wait for the tensor, if the program writes it.
  void wait_for(TensorId tensor);

  WeightSets decoder_weights;
  WeightSets encoder_weights;
  WeightSets norm_constants;

 private:
  const Target& target_;
  Program& program_;
  std::vector<JobId> tile_ends_;
  std::unordered_map<TensorId, JobId> writers_;  ///< the last job that writes a tensor
};

}  // namespace vitcod
