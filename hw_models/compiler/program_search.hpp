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
};

/// Chooses a way to carry out each operation of a program, such that the last results are predicted
/// to be in DRAM first (Schedule); among equals the one that moves the fewest bytes. The way of one
/// operation also decides how early the next one's operands can come: so for each way of the
/// operation added last the best program up to it is kept (Viterbi).
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

  explicit ProgramSearch(Schedule empty) : continuations_{{std::move(empty), {}, 0}} {}

  /// The next operation; at least one candidate.
  void add(const std::vector<Candidate>& candidates);
  Best best() const;

 private:
  struct Continuation {
    Schedule schedule;
    std::vector<Choice> choices;
    std::uint64_t traffic = 0;
    bool operator<(const Continuation& other) const {
      return schedule.end() != other.schedule.end() ? schedule.end() < other.schedule.end()
                                                    : traffic < other.traffic;
    }
  };

  std::vector<Continuation> continuations_;
};

}  // namespace vitcod
