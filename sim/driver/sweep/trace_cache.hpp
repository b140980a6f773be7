// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <string>
#include <utility>

#include "sim/driver/run_config.hpp"

namespace vitcod {

/// The runs of a process by workload, so that points with the same workload share one trace. Holds
/// those used last.
class TraceCache {
 public:
  explicit TraceCache(std::size_t capacity) : capacity_(capacity) {}

  /// A run with the document's trace, which is read or made if it is not held. Throws as
  /// read_workload.
  RunConfig& run_with_trace(const std::string& workload_key, const RunDocument& document);
  std::size_t size() const { return runs_.size(); }
  void clear() { runs_.clear(); }

 private:
  std::size_t capacity_;
  std::list<std::pair<std::string, RunConfig>> runs_;  // used last: first
};

}  // namespace vitcod
