// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sweep_steps.hpp"

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
  const OutcomeOf outcome_of = [&](const SweepPoint& point) { return executor.outcome_of(point); };
  const MakePoints make_points = [&] {
    return config.search ? make_search_replay(config, outcome_of) : make_point_source(config);
  };
  write_sweep_table(config, make_points, outcome_of, folder);
}

}  // namespace vitcod
