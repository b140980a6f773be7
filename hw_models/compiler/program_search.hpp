// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "hw_models/compiler/schedule.hpp"

namespace vitcod {

/// One way to carry an operation out.
struct Candidate {
  std::vector<JobSketch> jobs;
  std::uint64_t traffic = 0;  ///< bytes from DRAM
  /// Whether two per cent of its predicted time are two per cent of its time; alike for all of an
  /// operation.
  bool is_predicted_closely = false;
};

/// Chooses a way to carry out each operation of a program: of all programs whose last results are
/// predicted to be in DRAM (Schedule) within 2 % of the time of the fastest, the one that moves the
/// fewest bytes. Operations whose prediction is not that close (attention) are carried out in the
/// fastest way; among equals in the one with fewer bytes. The way of one operation also decides how
/// early the next one's operands can come: so for each way of the operation added last the fastest
/// program up to it is kept (Viterbi), and the one with the fewest bytes that is within those 2 %
/// so far.
class ProgramSearch {
 public:
  struct Choice {
    std::size_t candidate = 0;
    double computed = 0;  ///< cycle in which the operation's last job is predicted to end
  };
  struct Best {
    std::vector<Choice> choices;  ///< by operation
    double end = 0;               ///< cycle in which the last results are in DRAM
  };

  explicit ProgramSearch(Schedule empty) : fastest_{{std::move(empty), {}, 0}} {}

  /// The next operation; at least one candidate.
  void add(const std::vector<Candidate>& candidates);
  Best best() const;

 private:
  struct Continuation {
    Schedule schedule;
    std::vector<Choice> choices;
    std::uint64_t traffic = 0;
  };

  static std::vector<Continuation> continued(const std::vector<Continuation>& programs,
                                             const Candidate& candidate, std::size_t number);
  static const Continuation& fastest_of(const std::vector<Continuation>& programs);
  const Continuation& thriftiest_of(const std::vector<Continuation>& programs, double limit) const;

  // By candidate of the operation added last.
  std::vector<Continuation> fastest_;
  std::vector<Continuation> thriftiest_;  ///< empty as long as the two would be the same
  bool last_is_close_ = false;
};

}  // namespace vitcod
