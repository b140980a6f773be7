// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/driver/sweep/sweep_config.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// The points that no other dominates, of those offered so far; holds no others. One dominates
/// another if it is no worse in each objective and better in one, so equals stay side by side.
class ParetoFront {
 public:
  struct Member {
    std::uint64_t id;
    std::vector<double> objectives;
  };

  /// `objectives`: finite, and smaller is better. Takes time in proportion to the front.
  void offer(std::uint64_t id, const std::vector<double>& objectives);

  const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

/// Finds a sweep's objectives in its points.
class ObjectiveReader {
 public:
  explicit ObjectiveReader(const SweepConfig& config);

  /// In the order of the file, with the sign turned where more is better. Throws InputError, naming
  /// the objective, if one is not a number.
  std::vector<double> read(const SweepPoint& point, const Json& result) const;

 private:
  struct Source {
    std::optional<std::size_t> coordinate;  ///< else a figure of the result
    Figure figure;
    double sign;
  };

  std::string file_;
  std::vector<Source> sources_;
};

}  // namespace vitcod
