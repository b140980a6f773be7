// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_steps.hpp"

#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/driver/sweep/pareto_search.hpp"
#include "sim/driver/sweep/sampling.hpp"
#include "sim/driver/sweep/sweep_table.hpp"

namespace vitcod {
namespace {

/// Points that are there already, one after the other.
class ListedPoints final : public PointSource {
 public:
  explicit ListedPoints(std::vector<SweepPoint> points) : points_(std::move(points)) {}
  std::optional<SweepPoint> next() override {
    if (next_ == points_.size()) return std::nullopt;
    return std::move(points_[next_++]);
  }

 private:
  std::vector<SweepPoint> points_;
  std::size_t next_ = 0;
};

/// Keeps the outcomes of small sweeps, so that going through the points again reads no file again.
class KnownOutcomes {
 public:
  explicit KnownOutcomes(OutcomeOf outcome_of) : outcome_of_(std::move(outcome_of)) {}

  std::optional<PointOutcome> operator()(const SweepPoint& point) {
    const auto known = known_.find(point.index);
    if (known != known_.end()) return known->second;
    auto outcome = outcome_of_(point);
    if (known_.size() < kMaxKnown) known_.emplace(point.index, outcome);
    return outcome;
  }

 private:
  static constexpr std::size_t kMaxKnown = 2000;  // of some 20 KB each
  OutcomeOf outcome_of_;
  std::unordered_map<std::uint64_t, std::optional<PointOutcome>> known_;
};

/// One generation after the other, as long as all points of the last one have an outcome.
void run_search(const SweepConfig& config, LocalExecutor& executor) {
  ParetoSearch search(config);
  const OutcomeOf outcome_of = [&](const SweepPoint& point) { return executor.outcome_of(point); };
  while (executor.totals().missing == 0) {
    auto generation = search.next_generation(outcome_of);
    if (!generation) return;
    ListedPoints points(std::move(*generation));
    executor.run(points);
  }
}

}  // namespace

void go_through_points(const SweepConfig& config, LocalExecutor& executor) {
  if (config.search) {
    run_search(config, executor);
  } else {
    executor.run(*make_point_source(config));
  }
  executor.finish();
}

void write_table(const SweepConfig& config, LocalExecutor& executor,
                 const std::filesystem::path& folder) {
  KnownOutcomes known([&](const SweepPoint& point) { return executor.outcome_of(point); });
  const OutcomeOf outcome_of = [&](const SweepPoint& point) { return known(point); };
  const MakePoints make_points = [&] {
    return config.search ? make_search_replay(config, outcome_of) : make_point_source(config);
  };
  write_sweep_table(config, make_points, outcome_of, folder);
}

}  // namespace vitcod
