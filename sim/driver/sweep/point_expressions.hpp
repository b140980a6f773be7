// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/driver/sweep/expression.hpp"
#include "sim/driver/sweep/sweep_config.hpp"

namespace vitcod {

/// All texts that axes have.
std::set<std::string> texts_of(const SweepConfig& config);

/// The derived values and constraints of a sweep, compiled.
class PointExpressions {
 public:
  /// Throws ConfigError with the pointer of an expression that is wrong.
  explicit PointExpressions(const SweepConfig& config);

  /// True if a derived value or a constraint uses the axis or derived value.
  bool uses(const std::string& name) const;

  /// Adds the derived values to `coordinates`, which holds those of the axes. False if a constraint
  /// excludes the point; else throws InputError, naming the point, if a value is not finite.
  bool complete(std::vector<Json>& coordinates) const;

 private:
  struct Compiled {
    std::string pointer;  ///< in the sweep file, for messages
    std::string text;
    Expression expression;
  };

  void require_finite(double value, const Compiled& compiled,
                      const std::vector<Json>& coordinates) const;

  std::string file_;
  std::vector<std::string> names_;
  std::vector<Compiled> derived_;
  std::vector<Compiled> constraints_;
};

}  // namespace vitcod
