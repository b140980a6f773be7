// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/driver/sweep/point_outcome.hpp"
#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// Pareto local search (Paquete, Chiarandini, Stuetzle 2004) on the grid, by generations: first a
/// Latin hypercube, then all points not yet seen that are one step away from a nondominated point,
/// until there are none or the budget is spent. A step goes to the next value of a list of numbers,
/// or to any other value of a list of texts, truth values or variants.
/// Which points a generation has depends on the outcomes alone: not on who ran them, nor when.
class ParetoSearch {
 public:
  explicit ParetoSearch(const SweepConfig& config);
  ~ParetoSearch();

  /// The points of the next generation, indices counting on from the last one's; nothing at the
  /// end. `outcome_of` is asked for each point of the generation before; one that has not run
  /// counts as failed, and a failed one is on no front. Throws InputError if a result lacks an
  /// objective.
  std::optional<std::vector<SweepPoint>> next_generation(const OutcomeOf& outcome_of);

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// The points of a finished search, in order of index, by going through its generations again.
std::unique_ptr<PointSource> make_search_replay(const SweepConfig& config,
                                                const OutcomeOf& outcome_of);

}  // namespace vitcod
