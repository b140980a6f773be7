// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// What became of a point.
struct PointOutcome {
  bool done = false;            ///< it ran to its end and has a result
  std::string kind;             ///< why it is not done: input, model, deadlock, crash, time, memory
  std::string error;            ///< the same in one line
  Json result;                  ///< the result document; null unless done
  std::string key;              ///< hash of all that the result depends on
  std::string config = "null";  ///< to be stored: `/config` of the result, as one line of JSON
};

/// The outcome of a point, or nothing if it has not run.
using OutcomeOf = std::function<std::optional<PointOutcome>(const SweepPoint&)>;

}  // namespace vitcod
