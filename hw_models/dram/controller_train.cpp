// SPDX-License-Identifier: Apache-2.0
// Row hits that follow each other with nothing in their way: what the queues and the plan would
// bring, without them. Cut short, the bursts that are left go into the queue as if they had always
// been there.
#include <algorithm>

#include "hw_models/dram/channel_controller.hpp"

namespace vitcod {

/// Takes the run in the register as a train, or into the one under way, if it can be one.
bool ChannelController::join_train(Cycle now) {
  if (!has_trains_ || run_.write) return false;
  if (train_.size() + run_.num_bursts > std::min(policy_.read_queue_depth, HitTrain::kCapacity)) {
    return false;
  }
  const bool begins = train_.empty();
  if (begins && !can_begin_train(now)) return false;
  const Cycle arrival = std::max(now, next_entry_);
  if (!push_hits(arrival)) return false;
  if (begins && !plan_train(next_sequence_)) {
    train_.drop(run_.num_bursts);
    return false;
  }
  if (begins) next_urgent_ = std::min(next_urgent_, arrival + policy_.age_bound_clocks);
  next_sequence_ += run_.num_bursts;
  next_entry_ = arrival + run_.num_bursts;
  entered_ = next_entry_ - 1;
  run_left_ = 0;
  draining_ = false;
  return true;
}

/// Nothing waits, nothing is planned, and nothing is due.
bool ChannelController::can_begin_train(Cycle now) const {
  if (queues_[0].size() + queues_[1].size() > 0 || writing_ || plan_is_stale_) return false;
  if (plan_.priority != Priority::kNone || now >= next_urgent_) return false;
  return refresh_.pending().empty() && !refresh_.is_due(now) && !is_refreshing(now);
}

/// Adds the run's bursts, the first of which arrives in `clock`; none if one of them needs a row
/// that is not open.
bool ChannelController::push_hits(Cycle clock) {
  for (std::uint32_t i = 0; i < run_.num_bursts; ++i) {
    const DramCoordinates at = map_.decode(run_.first_burst + i);
    const std::uint32_t bank = bank_of(at);
    if (!is_open(bank) || open_row_[bank] != at.row) {
      train_.drop(i);
      return false;
    }
    train_.push({clock + i, at.row, at.column, run_index_, static_cast<std::uint8_t>(bank)});
  }
  return true;
}

/// Plans the train's next burst, of this sequence number; false if its bank or bank group holds it
/// back, so that a younger one may go before it.
bool ChannelController::plan_train(std::uint64_t sequence) {
  const HitTrain::Burst& burst = train_.front();
  const Cycle clock = std::max(burst.arrival, timing_.earliest_in_rank(DramCommand::kRd, 0));
  if (timing_.bank_clocks(DramCommand::kRd).of(burst.bank) > clock) return false;
  plan_ = {clock, Priority::kOldest, DramCommand::kRd, burst.bank, sequence};
  return true;
}

Cycle ChannelController::next_of_train() const {
  if (train_.empty()) return kOnLink;
  return plan_.clock < std::min(next_urgent_, refresh_.next_due()) ? plan_.clock : kOnLink;
}

void ChannelController::send_of_train(Cycle now, DramStep& step) {
  const HitTrain::Burst burst = train_.front();
  timing_.issue(DramCommand::kRd, burst.bank, now);
  ++activity_.commands[index_of(DramCommand::kRd)];
  log(now, burst.bank, burst.row, burst.column);
  ++activity_.row_hits;
  begin_data(now, burst.bank, burst.run, false, step);
  train_.pop();
  plan_ = Candidate{};
  if (train_.empty() || plan_train(next_sequence_ - train_.size())) return;
  leave_train(now);
  make_plan(now);
}

/// What has arrived by `now` waits in the queue, the rest in the register.
void ChannelController::leave_train(Cycle now) {
  std::uint64_t sequence = next_sequence_ - train_.size();
  for (; !train_.empty() && train_.front().arrival <= now; train_.pop()) {
    const HitTrain::Burst& place = train_.front();
    BurstQueue::Burst burst;
    burst.sequence = sequence++;
    burst.arrival = place.arrival;
    burst.row = place.row;
    burst.column = place.column;
    burst.run = place.run;
    burst.bank = place.bank;
    queues_[0].insert(burst, true);
  }
  next_sequence_ = sequence;
  run_left_ = train_.size();
  if (run_left_ > 0) next_entry_ = train_.front().arrival;
  train_.drop(run_left_);
  entered_ = 0;
}

}  // namespace vitcod
