// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/driver/sweep/point_runner.hpp"
#include "sim/driver/sweep/sweep_point.hpp"

namespace vitcod {

/// What a worker process is asked to do with a point.
struct PointTask {
  std::uint64_t ordinal = 0;  ///< of the point among those of the sweep
  bool only_look = false;     ///< tell what is in the store; run nothing
  SweepPoint point;           ///< without its coordinates, which only the table needs
};

/// What it answers.
struct PointAnswer {
  PointReport report;
  std::string stop;  ///< why no point can go on (a full disk); empty if they can
};

// Each as one line of text.
std::string to_line(const PointTask& task);
std::string to_line(const PointAnswer& answer);
PointTask parse_task(const std::string& line);
PointAnswer parse_answer(const std::string& line);

}  // namespace vitcod
