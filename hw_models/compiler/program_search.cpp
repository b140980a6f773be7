// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/program_search.hpp"

#include <algorithm>
#include <utility>

namespace vitcod {
namespace {

constexpr double kSlack = 1.02;  ///< of the fastest program's time, for fewer bytes

}  // namespace

void ProgramSearch::add(const std::vector<Candidate>& candidates) {
  const bool is_close = candidates.front().is_predicted_closely;
  if (is_close && thriftiest_.empty()) thriftiest_ = fastest_;
  std::vector<Continuation> fastest;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    fastest.push_back(fastest_of(continued(fastest_, candidates[c], c)));
  }
  if (thriftiest_.empty()) {
    fastest_ = std::move(fastest);
    return;
  }
  const double limit = kSlack * fastest_of(fastest).schedule.end();
  std::vector<Continuation> thriftiest;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    thriftiest.push_back(thriftiest_of(continued(thriftiest_, candidates[c], c), limit));
  }
  fastest_ = std::move(fastest);
  thriftiest_ = std::move(thriftiest);
  last_is_close_ = is_close;
}

std::vector<ProgramSearch::Continuation> ProgramSearch::continued(
    const std::vector<Continuation>& programs, const Candidate& candidate, std::size_t number) {
  std::vector<Continuation> all = programs;
  for (Continuation& program : all) {
    for (const JobSketch& job : candidate.jobs) program.schedule.add(job);
    program.choices.push_back(Choice{number, program.schedule.computed()});
    program.traffic += candidate.traffic;
  }
  return all;
}

const ProgramSearch::Continuation& ProgramSearch::fastest_of(
    const std::vector<Continuation>& programs) {
  return *std::min_element(
      programs.begin(), programs.end(), [](const Continuation& a, const Continuation& b) {
        return std::pair(a.schedule.end(), a.traffic) < std::pair(b.schedule.end(), b.traffic);
      });
}

/// Programs that differ in the way of the last operation but one: that with the fewest bytes, if
/// its prediction is close enough, else the fastest.
const ProgramSearch::Continuation& ProgramSearch::thriftiest_of(
    const std::vector<Continuation>& programs, double limit) const {
  const Continuation* best = &fastest_of(programs);
  if (!last_is_close_) return *best;
  for (const Continuation& program : programs) {
    if (program.schedule.end() <= limit && program.traffic < best->traffic) best = &program;
  }
  return *best;
}

ProgramSearch::Best ProgramSearch::best() const {
  const Continuation* best = &fastest_of(fastest_);
  const double limit = kSlack * best->schedule.end();
  if (!thriftiest_.empty()) {
    const Continuation& thriftiest = thriftiest_of(thriftiest_, limit);
    if (thriftiest.schedule.end() <= limit) best = &thriftiest;
  }
  return Best{best->choices, best->schedule.end()};
}

}  // namespace vitcod
