// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "sim/driver/sweep/point_resolver.hpp"
#include "sim/driver/sweep/result_store.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/trace_cache.hpp"

namespace vitcod {

/// What became of a point, without its result.
struct PointReport {
  enum class Status { kDone, kFailed, kMissing };
  Status status = Status::kMissing;
  std::string key;
  bool is_reused = false;  ///< it was in the store
  double cpu_seconds = 0;  ///< of the simulation alone; 0 if reused
  std::string warning;     ///< about the store; empty if there is none
};

/// Runs points and puts their outcomes into the store.
class PointRunner {
 public:
  PointRunner(const SweepConfig& config, PointResolver resolver, ResultStore store);

  /// Runs the point unless its outcome is in the store. A failure that may be tried again is, and a
  /// damaged file too. Throws FileError if the outcome cannot be stored.
  PointReport run(const SweepPoint& point);

  /// Tells what is in the store, without running anything.
  PointReport look_up(const SweepPoint& point);

  /// Records that the process which ran the point was lost. `kind`: crash, time. Throws FileError.
  PointReport record_loss(const SweepPoint& point, const std::string& kind,
                          const std::string& error);

  /// Address space for traces that processes share which are forked after this is made.
  std::size_t shared_bytes() const { return traces_.shared_bytes(); }

 private:
  PointReport known(const std::string& key) const;
  PointOutcome simulate_point(const ResolvedPoint& point, double& cpu_seconds);
  PointOutcome outcome_of(const ResolvedPoint& point, double& cpu_seconds);

  bool with_values_;
  std::vector<ScriptRevision> formula_;
  PointResolver resolver_;
  ResultStore store_;
  TraceCache traces_;
};

}  // namespace vitcod
