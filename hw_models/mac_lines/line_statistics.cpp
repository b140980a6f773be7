// SPDX-License-Identifier: Apache-2.0
#include "hw_models/mac_lines/line_statistics.hpp"

#include "sim/base/int_math.hpp"

namespace vitcod {

LineStatistics::LineStatistics(const sc_core::sc_module_name& name, Clock& clock,
                               std::uint32_t lines, StatGroup& parent)
    : Module(name, clock), group(parent, basename()) {
  constexpr std::uint64_t kSteps = kNumShares - 1;
  for (std::uint64_t number = 0; number <= lines; ++number) {
    share_of_.push_back(static_cast<Share>(ceil_div(number * kSteps, std::uint64_t{lines})));
  }
}

void LineStatistics::multiply(Cycle from, std::uint64_t lines, Cycle cycles) {
  busy += lines * cycles;
  count_until(from);
  multiplying_ += lines;
  check(multiplying_ < share_of_.size(), "more lines multiply than there are");
  const Cycle end = from + cycles;
  if (!ends_.empty() && ends_.back().cycle == end) {
    ends_.back().lines += lines;
  } else {
    ends_.push_back({end, lines});
  }
}

void LineStatistics::finish(Cycle cycles) { count_until(cycles); }

void LineStatistics::count_until(Cycle cycle) {
  while (!ends_.empty() && ends_.front().cycle <= cycle) {
    pass_until(ends_.front().cycle);
    multiplying_ -= ends_.front().lines;
    ends_.pop_front();
  }
  pass_until(cycle);
}

void LineStatistics::pass_until(Cycle cycle) {
  if (cycle <= counted_until_) return;
  cycles_.pass(share_of_[multiplying_], counted_until_, cycle);
  counted_until_ = cycle;
}

}  // namespace vitcod
