// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_statistics.hpp"

#include <nlohmann/json.hpp>

namespace vitcod {

DramStatistics::DramStatistics(StatGroup& group, const DramActivity& activity)
    : commands_(group, activity),
      row_hits_(group, "row_hits", "bursts that found their row open", activity.row_hits),
      row_misses_(group, "row_misses", "bursts that found their bank closed", activity.row_misses),
      row_conflicts_(group, "row_conflicts", "bursts that found another row open",
                     activity.row_conflicts),
      bytes_read_(group, "bytes_read", "bytes read, whole bursts", activity.bytes_read),
      bytes_written_(group, "bytes_written", "bytes written, whole bursts",
                     activity.bytes_written) {}

DramStatistics::Commands::Commands(StatGroup& group, const DramActivity& activity)
    : Statistic("commands", "commands by kind"), activity_(activity) {
  group.add(*this);
}

void DramStatistics::Commands::write(Json& out) const {
  out = Json::object();
  for (std::size_t i = 0; i < kNumDramCommands; ++i) {
    out[std::string(kDramCommandNames[i])] = activity_.commands[i];
  }
}

DramStatistics::Count::Count(StatGroup& group, std::string_view name, std::string_view meaning,
                             const std::uint64_t& value)
    : Statistic(name, meaning), value_(value) {
  group.add(*this);
}

void DramStatistics::Count::write(Json& out) const { out = value_; }

}  // namespace vitcod
