// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "hw_models/program/region.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// The capacity of the buffers as the controller hands it out: regions are taken all at once or not
/// at all, and given back once.
class BufferPools {
 public:
  /// `freed`: told of each region whose contents are lost, may be empty. Counts the most bytes that
  /// were handed out at a time in `stats`.
  BufferPools(const std::vector<Pool>& pools, const std::vector<Region>& regions,
              std::function<void(RegionId)> freed, StatGroup& stats);

  bool fit(const std::vector<RegionId>& claims) const;
  /// ModelError if they do not fit.
  void take(const std::vector<RegionId>& claims);
  /// Their contents are lost.
  void give_back(const std::vector<RegionId>& regions);

 private:
  struct Use {
    std::uint64_t capacity = 0;
    std::uint64_t used = 0;
  };

  const std::vector<Region>& regions_;
  const std::function<void(RegionId)> freed_;
  std::vector<Use> pools_;
  std::vector<bool> held_;     ///< by region
  std::deque<Counter> peaks_;  ///< by pool
};

}  // namespace vitcod
