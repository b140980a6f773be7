// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "sim/driver/sweep/sampling.hpp"

namespace vitcod {

/// Points of a sweep by what became of them so far.
struct PointTotals {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t missing = 0;  ///< looked for and not there
  std::uint64_t reused = 0;   ///< of those done or failed
  double cpu_seconds = 0;     ///< of the simulations

  std::uint64_t ended() const { return done + failed + missing; }
};

/// "45 s", "2 min 5 s", "3 h 20 min", "12 d 3 h".
std::string duration_text(double seconds);

/// Tells on stderr how far a sweep is: on a terminal a line that is written over, else one line
/// after some seconds if it will be minutes.
class SweepProgress {
 public:
  explicit SweepProgress(const PointCount& count);
  ~SweepProgress();
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;

  /// Called as often as one likes.
  void update(const PointTotals& totals);
  /// Prints a line of its own.
  void warn(const std::string& text);

 private:
  using SteadyClock = std::chrono::steady_clock;

  void clear_line();
  double points_per_second() const;
  std::string remaining(std::uint64_t ended) const;

  PointCount count_;
  bool is_terminal_;
  bool has_line_ = false;
  bool has_told_ = false;
  SteadyClock::time_point start_ = SteadyClock::now();
  std::deque<std::pair<SteadyClock::time_point, std::uint64_t>> samples_;  // points ended by then
};

}  // namespace vitcod
