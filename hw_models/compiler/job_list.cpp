// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/job_list.hpp"

namespace vitcod {

RegionId JobList::add_region(PoolId pool, std::uint64_t bytes) {
  program_.regions.push_back(Region{pool, bytes});
  return static_cast<RegionId>(program_.regions.size() - 1);
}

Job& JobList::begin_tile(std::uint32_t layer) {
  Job& job = add_job(layer);
  const std::size_t tile = tile_ends_.size();
  const std::size_t ahead = std::size_t{target_.prefetch_tiles} + 1;
  if (tile >= ahead) {
    job.loads_wait_for.push_back(
        Dependency{tile_ends_[tile - ahead], Dependency::Milestone::kEnded});
  }
  if (read_again_) {
    job.loads_wait_for.push_back(Dependency{tile_ends_.back(), Dependency::Milestone::kRetired});
  }
  return job;
}

Job& JobList::add_job(std::uint32_t layer) {
  Job& job = program_.jobs.emplace_back();
  job.layer = layer;
  job.operands_phase = kWaitOperands;
  return job;
}

void JobList::end_tile(bool read_again) {
  program_.jobs.back().ends_tile = true;
  tile_ends_.push_back(static_cast<JobId>(last_job()));
  read_again_ = read_again;
}

}  // namespace vitcod
