// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/trace_cache.hpp"

#include <algorithm>
#include <new>
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
  run.trace = shared_trace(workload_key, document);
  runs_.emplace_front(workload_key, std::move(run));
  if (runs_.size() > num_runs_) runs_.pop_back();
  return runs_.front().second;
}

Trace TraceCache::shared_trace(const std::string& workload_key, const RunDocument& document) {
  if (auto found = shelf_.find(workload_key)) return std::move(*found);
  Trace trace = read_workload(document);
  try {
    shelf_.add(workload_key, trace);
    // From there its maps take no memory of this process's own.
    if (auto found = shelf_.find(workload_key)) return std::move(*found);
  } catch (const std::bad_alloc&) {
    // A process that is short of memory goes on with the trace that it has.
  }
  return trace;
}

}  // namespace vitcod
