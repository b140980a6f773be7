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
  return job;
}

Job& JobList::add_job(std::uint32_t layer) {
  Job& job = program_.jobs.emplace_back();
  job.layer = layer;
  job.operands_phase = kWaitOperands;
  return job;
}

void JobList::end_tile() {
  program_.jobs.back().ends_tile = true;
  tile_ends_.push_back(last_job());
}

Load& JobList::add_load(Transfer transfer, std::vector<RegionId> claims) {
  Job& job = program_.jobs.back();
  transfer.job = static_cast<std::uint32_t>(last_job());
  transfer.load = static_cast<std::uint32_t>(job.loads.size());
  Load& load = job.loads.emplace_back();
  load.transfer = std::move(transfer);
  load.claims = std::move(claims);
  return load;
}

void JobList::wait_for(TensorId tensor) {
  const auto writer = writers_.find(tensor);
  if (writer == writers_.end()) return;
  program_.jobs.back().loads_wait_for.push_back(
      Dependency{writer->second, Dependency::Milestone::kRetired});
}

}  // namespace vitcod
