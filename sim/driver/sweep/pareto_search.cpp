// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/pareto_search.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/design_space.hpp"
#include "sim/driver/sweep/latin_hypercube.hpp"
#include "sim/driver/sweep/pareto.hpp"

namespace vitcod {
namespace {

/// Positions of a dimension that are one step away from `position`.
std::vector<std::uint64_t> steps_from(const Dimension& dimension, std::uint64_t position) {
  std::vector<std::uint64_t> steps;
  const bool is_ordered = std::all_of(dimension.axes.begin(), dimension.axes.end(),
                                      [](const Axis& axis) { return axis.is_ordered(); });
  for (std::uint64_t step = 0; step < dimension.size() && !is_ordered; ++step) {
    if (step != position) steps.push_back(step);
  }
  if (is_ordered && position > 0) steps.push_back(position - 1);
  if (is_ordered && position + 1 < dimension.size()) steps.push_back(position + 1);
  return steps;
}

}  // namespace

class ParetoSearch::State {
 public:
  explicit State(const SweepConfig& config)
      : file_(config.file), budget_(*config.search), space_(config), scores_(config) {}

  std::optional<std::vector<SweepPoint>> next_generation(const OutcomeOf& outcome_of) {
    for (std::size_t i = 0; i < generation_.size(); ++i) {
      const std::optional<PointOutcome> outcome = outcome_of(generation_[i]);
      if (!outcome || !outcome->done) continue;
      front_.offer(grid_indices_[i], scores_.read(generation_[i], outcome->result));
    }
    const bool is_first = num_points_ == 0;
    take(is_first ? first_candidates() : neighbours_of_front());
    if (is_first && generation_.empty()) {
      throw InputError(file_ +
                       ": /search/initial: every point of the first generation breaks a "
                       "constraint; expected more points or another seed");
    }
    if (generation_.empty()) return std::nullopt;
    return generation_;
  }

 private:
  /// Grid indices in ascending order, so that a generation does not depend on how it was found.
  using Candidates = std::set<std::uint64_t>;

  Candidates first_candidates() {
    LatinHypercube cube(space_, budget_.initial, budget_.seed);
    Candidates candidates;
    while (const auto grid_index = cube.next()) candidates.insert(*grid_index);
    return candidates;
  }

  Candidates neighbours_of_front() const {
    Candidates candidates;
    for (const ParetoFront::Member& member : front_.members()) {
      std::vector<std::uint64_t> positions = space_.positions(member.id);
      for (std::size_t i = 0; i < positions.size(); ++i) {
        const std::uint64_t here = positions[i];
        for (const std::uint64_t step : steps_from(space_.dimensions()[i], here)) {
          positions[i] = step;
          const std::uint64_t neighbour = space_.grid_index(positions);
          if (!seen_.contains(neighbour)) candidates.insert(neighbour);
        }
        positions[i] = here;
      }
    }
    return candidates;
  }

  /// Makes a generation of those that keep the constraints, as far as the budget goes.
  void take(const Candidates& candidates) {
    generation_.clear();
    grid_indices_.clear();
    for (const std::uint64_t grid_index : candidates) {
      if (num_points_ == budget_.evaluations) return;
      seen_.insert(grid_index);
      auto point = space_.point(grid_index);
      if (!point) continue;
      point->index = num_points_++;
      generation_.push_back(std::move(*point));
      grid_indices_.push_back(grid_index);
    }
  }

  std::string file_;
  SearchBudget budget_;
  DesignSpace space_;
  ScoreReader scores_;
  ParetoFront front_;                        // by grid index
  std::unordered_set<std::uint64_t> seen_;   // grid indices taken or excluded
  std::vector<SweepPoint> generation_;       // the last one
  std::vector<std::uint64_t> grid_indices_;  // of its points
  std::uint64_t num_points_ = 0;
};

ParetoSearch::ParetoSearch(const SweepConfig& config) : state_(std::make_unique<State>(config)) {}
ParetoSearch::~ParetoSearch() = default;

std::optional<std::vector<SweepPoint>> ParetoSearch::next_generation(const OutcomeOf& outcome_of) {
  return state_->next_generation(outcome_of);
}

namespace {

class SearchReplay final : public PointSource {
 public:
  SearchReplay(const SweepConfig& config, OutcomeOf outcome_of)
      : search_(config), outcome_of_(std::move(outcome_of)) {}

  std::optional<SweepPoint> next() override {
    if (next_ == generation_.size()) {
      next_ = 0;
      generation_ = search_.next_generation(outcome_of_).value_or(std::vector<SweepPoint>{});
      if (generation_.empty()) return std::nullopt;
    }
    return std::move(generation_[next_++]);
  }

 private:
  ParetoSearch search_;
  OutcomeOf outcome_of_;
  std::vector<SweepPoint> generation_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<PointSource> make_search_replay(const SweepConfig& config,
                                                const OutcomeOf& outcome_of) {
  return std::make_unique<SearchReplay>(config, outcome_of);
}

}  // namespace vitcod
