// SPDX-License-Identifier: Apache-2.0
#include "hw_models/controller/buffer_pools.hpp"

#include <utility>

namespace vitcod {

BufferPools::BufferPools(const std::vector<Pool>& pools, const std::vector<Region>& regions,
                         std::function<void(RegionId)> freed, StatGroup& stats)
    : regions_(regions), freed_(std::move(freed)), held_(regions.size(), false) {
  for (const Pool& pool : pools) {
    pools_.push_back(Use{pool.bytes, 0});
    peaks_.emplace_back(stats, pool.name + "_peak_bytes",
                        "most bytes of the " + pool.name + " handed out at a time");
  }
}

bool BufferPools::fit(const std::vector<RegionId>& claims) const {
  for (RegionId claim : claims) {
    const PoolId pool = regions_[index_of(claim)].pool;
    std::uint64_t bytes = pools_[index_of(pool)].used;
    for (RegionId other : claims) {
      const Region& region = regions_[index_of(other)];
      if (region.pool == pool) bytes += region.bytes;
    }
    if (bytes > pools_[index_of(pool)].capacity) return false;
  }
  return true;
}

void BufferPools::take(const std::vector<RegionId>& claims) {
  for (RegionId claim : claims) {
    const Region& region = regions_[index_of(claim)];
    Use& pool = pools_[index_of(region.pool)];
    check(pool.used + region.bytes <= pool.capacity, "a buffer was given more than it holds");
    check(!held_[index_of(claim)], "a region was taken twice");
    held_[index_of(claim)] = true;
    pool.used += region.bytes;
    peaks_[index_of(region.pool)].raise_to(pool.used);
  }
}

void BufferPools::give_back(const std::vector<RegionId>& regions) {
  for (RegionId id : regions) {
    check(held_[index_of(id)], "a region was given back twice");
    held_[index_of(id)] = false;
    const Region& region = regions_[index_of(id)];
    pools_[index_of(region.pool)].used -= region.bytes;
    if (freed_) freed_(id);
  }
}

}  // namespace vitcod
