// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/channel_controller.hpp"

#include <algorithm>
#include <bit>

#include "sim/base/errors.hpp"

namespace vitcod {

ChannelController::ChannelController(const DramConfig& config)
    : organization_(config.organization),
      commands_(config.commands),
      policy_(config.controller),
      refresh_clocks_(config.refresh.all_bank_clocks),
      map_(config),
      timing_(config),
      refresh_(config),
      queues_{BurstQueue(config.controller.read_queue_depth),
              BurstQueue(config.controller.write_queue_depth)},
      open_row_(organization_.num_banks(), 0),
      last_access_(organization_.num_banks(), 0),
      rank_open_since_(organization_.ranks, 0),
      act_to_refresh_(timing_.rank_distance(DramCommand::kAct, DramCommand::kRefpb)),
      last_activate_(organization_.ranks, kOnLink) {
  const std::uint32_t banks = organization_.banks_per_rank();
  for (std::uint32_t rank = 0; rank < organization_.ranks; ++rank) {
    std::uint64_t mask = 0;
    for (std::uint32_t bank = 0; bank < banks; ++bank) mask |= bank_bit(rank * banks + bank);
    rank_banks_.push_back(mask);
  }
  // Every run in the tables has a burst in a queue or is the one that is entering.
  runs_.resize(policy_.read_queue_depth + policy_.write_queue_depth + 1);
  for (std::size_t i = runs_.size(); i-- > 0;) free_runs_.push_back(static_cast<std::uint16_t>(i));
}

void ChannelController::accept(const DramRequest& request, Cycle now) {
  check(run_left_ == 0, "a request was given to a controller that still holds one");
  check(request.num_bursts > 0 && request.num_bursts <= kMaxDramRunBursts,
        "a DRAM request must ask for 1 to 64 bursts");
  run_ = request;
  run_left_ = request.num_bursts;
  run_index_ = free_runs_.back();
  free_runs_.pop_back();
  runs_[run_index_] = {request.id, request.num_bursts};
  if (join_train(now)) return;
  if (!train_.empty()) {  // all of its bursts have arrived: the register is the new run's
    leave_train(now);
    run_left_ = request.num_bursts;
  }
  enter_burst(now);
}

/// Moves the next burst of the run into its queue, to be served from `clock` on.
void ChannelController::enter_burst(Cycle clock) {
  BurstQueue& own = queues_[run_.write];
  if (next_entry_ > clock || own.full()) return;
  const DramCoordinates at = map_.decode(run_.first_burst + (run_.num_bursts - run_left_));
  const std::uint32_t bank = bank_of(at);
  const BurstQueue& other = queues_[!run_.write];
  run_conflicts_ =
      (other.waiting_banks() & bank_bit(bank)) != 0 && other.holds(bank, at.row, at.column);
  if (run_conflicts_) {
    plan_is_stale_ = true;
    plan_from_ = clock;
    return;
  }
  BurstQueue::Burst burst;
  burst.sequence = next_sequence_++;
  burst.arrival = clock;
  burst.row = at.row;
  burst.column = at.column;
  burst.run = run_index_;
  burst.bank = static_cast<std::uint8_t>(bank);
  const bool is_hit = is_open(bank) && open_row_[bank] == at.row;
  --run_left_;
  next_entry_ = clock + 1;
  note_arrival(run_.write, own.insert(burst, is_hit), clock);
}

/// Brings the plan up to date with the new burst in `slot`. Only the candidate of its bank can have
/// changed, and only if the burst does not stand behind another in it.
void ChannelController::note_arrival(bool write, BurstQueue::Slot slot, Cycle clock) {
  const BurstQueue& own = queues_[write];
  next_urgent_ = std::min(next_urgent_, clock + policy_.age_bound_clocks);
  if (plan_is_stale_) return;
  plan_from_ = clock;
  const std::uint32_t bank = own.at(slot).bank;
  const bool is_planned = plan_.bank == bank && plan_.priority != Priority::kNone;
  // Under the other policies any waiting burst counts when it is decided whether a bank is closed.
  const bool matters_to_policy = is_planned && policy_.page_policy != DramPagePolicy::kOpen;
  if (wants_writes() != writing_ || urgent_ != BurstQueue::kNone || matters_to_policy) {
    plan_is_stale_ = true;
    return;
  }
  const std::uint64_t bit = bank_bit(bank) & ~refresh_.closed_banks();
  const bool is_hit = own.hit_of(bank) == slot;
  const bool is_first = own.num_hits(bank) == 0 && own.oldest_of(bank) == slot;
  if (write != writing_ || bit == 0 || (!is_hit && !is_first)) return;
  if (is_planned) {
    plan_is_stale_ = true;
  } else if (is_hit) {
    plan_column(write, own.at(slot).bank, clock);
  } else {
    plan_rows(bit & ~owed_banks(), is_open(bank) ? DramCommand::kPre : DramCommand::kAct, clock);
  }
}

/// Reads go first. Writes are served from the high watermark (or from the moment in which no read
/// waits) down to the low one, or to none while no read waits or if a write had become too old.
bool ChannelController::wants_writes() const {
  if (run_conflicts_ && run_left_ > 0) return !run_.write;
  const std::uint32_t reads = queues_[0].size();
  const std::uint32_t writes = queues_[1].size();
  if (!writing_) return writes >= policy_.write_high_watermark || (reads == 0 && writes > 0);
  return writes > 0 && (draining_ || writes > policy_.write_low_watermark || reads == 0);
}

void ChannelController::choose_direction() {
  writing_ = wants_writes();
  if (queues_[1].size() == 0) draining_ = false;
}

void ChannelController::begin_clock(Cycle now) {
  if (!train_.empty() && (refresh_.is_due(now) || now >= next_urgent_)) leave_train(now);
  if (refresh_.is_due(now)) {
    refresh_.update(now);
    plan_is_stale_ = true;
    plan_from_ = now;
  }
  if (now >= next_urgent_) {
    plan_is_stale_ = true;
    plan_from_ = now;
  }
  if (plan_is_stale_) make_plan(plan_from_);
}

DramCommand ChannelController::send(Cycle now, DramStep& step) {
  const DramCommand command = plan_.command;
  if (!train_.empty()) {
    send_of_train(now, step);
    return command;
  }
  issue_planned(now, step);
  make_plan(now);
  return command;
}

void ChannelController::end_clock(Cycle now) {
  if (run_left_ > 0) enter_burst(now + 1);
}

/// The plan stands unless its own bus is taken in its clock: all that was to come later still is.
void ChannelController::yield_bus(DramCommand command, Cycle now) {
  timing_.hold_bus(command, now);
  if (plan_.clock < timing_.bus_free(plan_.command)) make_plan(now);
}

Cycle ChannelController::next_event() {
  if (plan_is_stale_) make_plan(plan_from_);
  Cycle next = std::min({plan_.clock, next_urgent_, refresh_.next_due()});
  if (run_left_ > 0 && !run_conflicts_ && !queues_[run_.write].full()) {
    next = std::min(next, next_entry_ - 1);  // end_clock(n) lets it in for n + 1
  }
  return next;
}

void ChannelController::issue_planned(Cycle now, DramStep& step) {
  const std::uint32_t bank = plan_.bank;
  timing_.issue(plan_.command, bank, now);
  ++activity_.commands[index_of(plan_.command)];
  switch (plan_.command) {
    case DramCommand::kAct:
      issue_activate(bank);
      open_bank(bank, open_row_[bank], now);
      break;
    case DramCommand::kPre:
    case DramCommand::kPrea:
      issue_precharge(bank, now);
      break;
    case DramCommand::kRef:
    case DramCommand::kRefpb:
      issue_refresh(now);
      break;
    default:
      issue_column(now, step);
  }
}

void ChannelController::issue_activate(std::uint32_t bank) {
  BurstQueue::Burst& burst = queue().at(queue().oldest_of(bank));
  burst.activated = true;
  open_row_[bank] = burst.row;
  owed_banks_[writing_] |= bank_bit(bank);
}

void ChannelController::issue_column(Cycle now, DramStep& step) {
  const std::uint32_t bank = plan_.bank;
  const bool write = is_write(plan_.command);
  const BurstQueue::Slot slot = queues_[write].hit_of(bank);
  const BurstQueue::Burst burst = queues_[write].at(slot);
  log(now, bank, burst.row, burst.column);
  queues_[write].remove(slot);
  owed_banks_[write] &= ~bank_bit(bank);
  if (plan_.command == DramCommand::kRda || plan_.command == DramCommand::kWra) {
    close_bank(bank, now);
  }
  ++(burst.precharged  ? activity_.row_conflicts
     : burst.activated ? activity_.row_misses
                       : activity_.row_hits);
  begin_data(now, bank, burst.run, write, step);
}

/// Books the data of a column command and what is known of its run.
void ChannelController::begin_data(Cycle now, std::uint32_t bank, std::uint16_t run_index,
                                   bool write, DramStep& step) {
  last_access_[bank] = now;
  const std::uint32_t data = write ? commands_.write_data_clocks : commands_.read_data_clocks;
  step.column = true;
  const Cycle data_begin = now + commands_.column_clocks - 1 + data;
  check(data_begin >= data_free_, "two bursts would meet on the data bus");
  data_free_ = data_begin + commands_.burst_clocks;
  step.data_end = data_begin + commands_.burst_span_clocks;
  Run& run = runs_[run_index];
  if (--run.bursts_left == 0) {
    step.run_done = true;
    step.id = run.id;
    free_runs_.push_back(run_index);
  }
  (write ? activity_.bytes_written : activity_.bytes_read) += organization_.burst_bytes();
}

void ChannelController::issue_precharge(std::uint32_t bank, Cycle now) {
  log(now, bank, 0, 0);
  if (plan_.command == DramCommand::kPrea) {
    std::uint64_t banks = open_banks_ & rank_banks_[timing_.rank_of(bank)];
    for (; banks != 0; banks &= banks - 1) {
      close_bank(static_cast<std::uint32_t>(std::countr_zero(banks)), now);
    }
    return;
  }
  const BurstQueue::Slot waiting = queue().oldest_of(bank);
  if (waiting != BurstQueue::kNone && plan_.priority != Priority::kRefresh) {
    queue().at(waiting).precharged = true;
  }
  close_bank(bank, now);
}

void ChannelController::issue_refresh(Cycle now) {
  log(now, plan_.bank, 0, 0);
  if (plan_.command == DramCommand::kRef) refresh_end_ = now + refresh_clocks_;
  refresh_.done(timing_.rank_of(plan_.bank), now);
}

void ChannelController::open_bank(std::uint32_t bank, std::uint32_t row, Cycle now) {
  log(now, bank, row, 0);
  const std::uint32_t rank = timing_.rank_of(bank);
  if ((open_banks_ & rank_banks_[rank]) == 0) rank_open_since_[rank] = now;
  open_banks_ |= bank_bit(bank);
  last_access_[bank] = now;
  for (BurstQueue& waiting : queues_) waiting.open_row(bank, row);
}

void ChannelController::close_bank(std::uint32_t bank, Cycle now) {
  const std::uint32_t rank = timing_.rank_of(bank);
  open_banks_ &= ~bank_bit(bank);
  for (std::uint64_t& owed : owed_banks_) owed &= ~bank_bit(bank);
  if ((open_banks_ & rank_banks_[rank]) == 0) {
    activity_.active_rank_clocks += now - rank_open_since_[rank];
  }
  for (BurstQueue& waiting : queues_) waiting.close_row(bank);
}

void ChannelController::log(Cycle now, std::uint32_t bank, std::uint32_t row,
                            std::uint32_t column) const {
  if (listener_ == nullptr) return;
  DramCommandRecord record;
  record.clock = now + commands_.command_clocks(plan_.command) - 1;
  record.command = plan_.command;
  record.at.rank = timing_.rank_of(bank);
  if (!is_rank_wide(plan_.command)) {
    const std::uint32_t in_rank = bank % organization_.banks_per_rank();
    record.at.bank_group = in_rank / organization_.banks_per_group;
    record.at.bank = in_rank % organization_.banks_per_group;
  }
  record.at.row = row;
  record.at.column = column;
  listener_->on_command(record);
}

DramActivity ChannelController::activity(Cycle num_clocks) const {
  DramActivity activity = activity_;
  activity.rank_clocks = num_clocks * organization_.ranks;
  for (std::uint32_t rank = 0; rank < organization_.ranks; ++rank) {
    const bool open = (open_banks_ & rank_banks_[rank]) != 0;
    if (open && num_clocks > rank_open_since_[rank]) {
      activity.active_rank_clocks += num_clocks - rank_open_since_[rank];
    }
  }
  return activity;
}

}  // namespace vitcod
