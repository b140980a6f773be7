// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/sweep/sampling.hpp"

#include <algorithm>
#include <vector>

#include "sim/base/errors.hpp"
#include "sim/driver/sweep/design_space.hpp"
#include "sim/driver/sweep/index_permutation.hpp"
#include "sim/driver/sweep/latin_hypercube.hpp"

namespace vitcod {
namespace {

constexpr std::uint64_t kMaxRejections = 1'000'000;

/// Every point of the grid.
class GridPoints final : public PointSource {
 public:
  explicit GridPoints(const SweepConfig& config) : space_(config) {}

  std::optional<SweepPoint> next() override {
    while (next_ < space_.size()) {
      if (auto point = space_.point(next_++)) return point;
    }
    return std::nullopt;
  }

 private:
  DesignSpace space_;
  std::uint64_t next_ = 0;
};

/// Points from the front of a random order of the grid.
class RandomPoints final : public PointSource {
 public:
  explicit RandomPoints(const SweepConfig& config)
      : file_(config.file),
        space_(config),
        order_(space_.size(), config.sampling.seed, "sweep/random"),
        count_(config.sampling.count) {}

  std::optional<SweepPoint> next() override {
    if (num_points_ == count_) return std::nullopt;
    for (std::uint64_t num_rejected = 0; next_ < space_.size(); ++num_rejected) {
      if (num_rejected == kMaxRejections) {
        throw InputError(file_ + ": /constraints: " + std::to_string(kMaxRejections) +
                         " points drawn in a row break one");
      }
      auto point = space_.point(order_.at(next_++));
      if (!point) continue;
      point->index = num_points_++;
      return point;
    }
    return std::nullopt;
  }

 private:
  std::string file_;
  DesignSpace space_;
  IndexPermutation order_;
  std::uint64_t count_;
  std::uint64_t next_ = 0;
  std::uint64_t num_points_ = 0;
};

class LatinHypercubePoints final : public PointSource {
 public:
  explicit LatinHypercubePoints(const SweepConfig& config)
      : space_(config), cube_(space_, config.sampling.count, config.sampling.seed) {}

  std::optional<SweepPoint> next() override {
    while (const std::optional<std::uint64_t> grid_index = cube_.next()) {
      const std::uint64_t index = num_draws_++;
      auto point = space_.point(*grid_index);
      if (!point) continue;
      point->index = index;
      return point;
    }
    return std::nullopt;
  }

 private:
  DesignSpace space_;
  LatinHypercube cube_;
  std::uint64_t num_draws_ = 0;
};

/// Points of the sweep, constraints left aside.
std::uint64_t max_points(const SweepConfig& config) {
  const std::uint64_t size = DesignSpace(config).size();
  if (config.search) return std::min(size, config.search->evaluations);
  switch (config.sampling.kind) {
    case SamplingKind::kRandom:
      return std::min(size, config.sampling.count);
    case SamplingKind::kLatinHypercube:
      return config.sampling.count;
    case SamplingKind::kGrid:
      break;
  }
  return size;
}

}  // namespace

std::unique_ptr<PointSource> make_point_source(const SweepConfig& config) {
  check(!config.search, "the points of a search depend on its outcomes");
  switch (config.sampling.kind) {
    case SamplingKind::kRandom:
      return std::make_unique<RandomPoints>(config);
    case SamplingKind::kLatinHypercube:
      return std::make_unique<LatinHypercubePoints>(config);
    case SamplingKind::kGrid:
      break;
  }
  return std::make_unique<GridPoints>(config);
}

PointCount count_points(const SweepConfig& config) {
  constexpr std::uint64_t kMaxCounted = 100'000;
  const std::uint64_t max = max_points(config);
  if (config.search) return {max, false};
  if (config.constraints.empty()) return {max, true};
  if (max > kMaxCounted) return {max, false};
  const std::unique_ptr<PointSource> points = make_point_source(config);
  std::uint64_t num_points = 0;
  while (points->next()) ++num_points;
  return {num_points, true};
}

std::string to_string(const PointCount& count) {
  return (count.is_exact ? "" : "at most ") + std::to_string(count.num_points) +
         (count.num_points == 1 ? " point" : " points");
}

}  // namespace vitcod
