// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/trace_cache.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vitcod {

RunConfig& TraceCache::run_with_trace(const std::string& workload_key,
                                      const RunDocument& document) {
  const auto found = std::find_if(runs_.begin(), runs_.end(),
                                  [&](const auto& entry) { return entry.first == workload_key; });
  if (found != runs_.end()) {
    runs_.splice(runs_.begin(), runs_, found);
    return runs_.front().second;
  }
  RunConfig run;
  run.trace = read_workload(document);
  runs_.emplace_front(workload_key, std::move(run));
  if (runs_.size() > capacity_) runs_.pop_back();
  return runs_.front().second;
}

}  // namespace vitcod
