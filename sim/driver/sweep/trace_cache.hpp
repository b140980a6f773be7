// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <string>
#include <utility>

#include "sim/driver/run_config.hpp"
#include "sim/driver/sweep/trace_shelf.hpp"

namespace vitcod {

/// The runs of a process by workload, so that points with the same workload share one trace. Holds
/// those used last; their maps lie on a shelf that processes share which are forked after this is
/// made.
class TraceCache {
 public:
  TraceCache(std::size_t num_runs, std::size_t shelf_bytes)
      : num_runs_(num_runs), shelf_(shelf_bytes) {}

  /// A run with the document's trace, which is read or made if no process has it. Throws as
  /// read_workload.
  RunConfig& run_with_trace(const std::string& workload_key, const RunDocument& document);
  std::size_t size() const { return runs_.size(); }
  void clear() { runs_.clear(); }
  /// Address space for traces that is shared, and so not a process's own.
  std::size_t shared_bytes() const { return shelf_.capacity(); }

 private:
  Trace shared_trace(const std::string& workload_key, const RunDocument& document);

  std::size_t num_runs_;
  TraceShelf shelf_;
  std::list<std::pair<std::string, RunConfig>> runs_;  // used last: first
};

}  // namespace vitcod
