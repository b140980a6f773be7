// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dram/dram_energy.hpp"
#include "sim/base/stats.hpp"

namespace vitcod {

/// The counts of a channel's activity as statistics. They are read when a report is written, so
/// that counting costs the controller nothing.
class DramStatistics {
 public:
  /// `activity` must outlive the statistics.
  DramStatistics(StatGroup& group, const DramActivity& activity);

 private:
  class Commands final : public Statistic {
   public:
    Commands(StatGroup& group, const DramActivity& activity);
    void write(Json& out) const override;

   private:
    const DramActivity& activity_;
  };
  class Count final : public Statistic {
   public:
    Count(StatGroup& group, std::string_view name, std::string_view meaning,
          const std::uint64_t& value);
    void write(Json& out) const override;

   private:
    const std::uint64_t& value_;
  };

  Commands commands_;
  Count row_hits_;
  Count row_misses_;
  Count row_conflicts_;
  Count bytes_read_;
  Count bytes_written_;
};

}  // namespace vitcod
