// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// How good a point is, and among which points that counts.
struct Score {
  std::string group;               ///< only points of one group are compared
  std::vector<double> objectives;  ///< smaller is better
  /// Over the sweep's bounds, each as a share of it; 0: none. Infinite where the result lacks a
  /// figure of an objective or a bound: such a point is on no front.
  double excess = 0;

  /// True if it is no worse in each objective and better in one. Equals do not dominate each other.
  /// Beyond the bounds less excess alone is better.
  bool dominates(const Score& other) const;
};

/// The points that no other dominates, of those offered so far; holds no others.
class ParetoFront {
 public:
  struct Member {
    std::uint64_t id;
    Score score;
  };

  /// Takes time in proportion to the front.
  void offer(std::uint64_t id, const Score& score);

  const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

/// Finds the score of a sweep's points.
class ScoreReader {
 public:
  explicit ScoreReader(const SweepConfig& config);

  /// Objectives in the order of the file, with the sign turned where more is better. Throws
  /// InputError, naming the objective or the bound, if one is there and not a number.
  Score read(const SweepPoint& point, const Json& result) const;

 private:
  struct Source {
    std::optional<std::size_t> coordinate;  ///< else a figure of the result
    Figure figure;
    double sign = 1;
  };

  Source source_of(const SweepConfig& config, const std::string& figure) const;
  /// Nothing if the result has no such figure (a channel that only some machines have).
  std::optional<double> number_of(const Source& source, const SweepPoint& point, const Json& result,
                                  const std::string& place) const;

  std::string file_;
  std::vector<std::string> columns_;
  std::vector<Source> sources_;
  std::vector<std::pair<Source, Bound>> bounds_;
  std::vector<std::size_t> group_coordinates_;
};

}  // namespace vitcod
