// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/program_search.hpp"

#include <algorithm>
#include <optional>

namespace vitcod {

void ProgramSearch::add(const std::vector<Candidate>& candidates) {
  std::vector<Continuation> next;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    std::optional<Continuation> best;
    for (const Continuation& before : continuations_) {
      Continuation after = before;
      for (const JobSketch& job : candidates[c].jobs) after.schedule.add(job);
      after.choices.push_back(Choice{c, after.schedule.computed()});
      after.traffic += candidates[c].traffic;
      if (!best || after < *best) best = std::move(after);
    }
    next.push_back(std::move(*best));
  }
  continuations_ = std::move(next);
}

ProgramSearch::Best ProgramSearch::best() const {
  const Continuation& best = *std::min_element(continuations_.begin(), continuations_.end());
  return Best{best.choices, best.schedule.end()};
}

}  // namespace vitcod
