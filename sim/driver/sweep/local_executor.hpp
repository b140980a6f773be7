// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "sim/driver/process_pool.hpp"
#include "sim/driver/stop_signal.hpp"
#include "sim/driver/sweep/point_keys.hpp"
#include "sim/driver/sweep/point_runner.hpp"
#include "sim/driver/sweep/sweep_folder.hpp"
#include "sim/driver/sweep/sweep_progress.hpp"

namespace vitcod {

/// Runs the points of a sweep in processes of this host.
class LocalExecutor {
 public:
  /// What happens to points outside of the share.
  enum class Others { kLeaveOut, kLookUp };
  struct Options {
    std::size_t num_processes = 1;
    std::optional<Share> share = Share{};  ///< none: nothing is run
    Others others = Others::kLookUp;
    std::function<void(std::uint64_t ordinal)> on_missing;  ///< looked for and not there
  };

  LocalExecutor(const SweepConfig& config, const PointResolver& resolver, const ResultStore& store,
                const PointCount& count, const Options& options);

  /// Goes through `points`, whose indices follow on those of the call before. A point that fails
  /// is counted and passed over. Throws Interrupted, and InputError if no point can go on.
  void run(PointSource& points);

  /// Ends the processes.
  void finish() { pool_.reset(); }

  const PointTotals& totals() const { return totals_; }
  /// The outcome of a point that was run or looked up, of its result what `result_members` names;
  /// nothing if it is not there.
  std::optional<PointOutcome> outcome_of(const SweepPoint& point);

 private:
  void stop_if_asked() const;
  void give_tasks(PointSource& points);
  void take(const TaskEnd& end);

  Options options_;
  ResultStore store_;
  PointRunner runner_;
  StopSignals signals_;
  SweepProgress progress_;
  std::unique_ptr<ProcessPool> pool_;
  PointKeys keys_;
  PointTotals totals_;
  std::set<std::string> result_members_;  // that are read again
  std::uint64_t num_points_ = 0;
  bool has_more_ = true;
};

}  // namespace vitcod
