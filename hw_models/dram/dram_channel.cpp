// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_channel.hpp"

#include <algorithm>

#include "sim/base/errors.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod {
namespace {

/// From the first clock of a column command to the response, at least.
Cycle least_answer_clocks(const DramConfig& config) {
  const DramCommandTiming& timing = config.commands;
  return timing.column_clocks - 1 + std::min(timing.read_data_clocks, timing.write_data_clocks) +
         timing.burst_span_clocks + config.controller.response_clocks;
}

}  // namespace

DramChannel::DramChannel(const sc_core::sc_module_name& name, Clock& clock,
                         const DramConfig& config, CommandBus& bus, StatGroup& parent_stats)
    : Block(name, clock),
      burst_clocks_(config.commands.burst_clocks),
      response_clocks_(config.controller.response_clocks),
      least_answer_clocks_(least_answer_clocks(config)),
      max_outstanding_(config.controller.read_queue_depth + config.controller.write_queue_depth +
                       config.controller.response_depth),
      controller_(config),
      bus_(bus),
      stats_(parent_stats, basename()),
      cycles_(stats_,
              {"idle", "data_bus", "refresh", "bank_timing", "data_latency", "response_blocked"},
              "dram_clocks"),
      statistics_(stats_, controller_.counts()) {
  check(clock.frequency_khz() == config.clock_khz, "a DRAM channel runs in the DRAM's own clock");
  bus.join(*this);
  account_until(kOnLink);  // settle() does the last of it
}

/// Not in a stepped run, and not where neighbours want the bus: who goes first depends on all.
bool DramChannel::runs_late() const { return !stepped() && !bus_.is_shared(); }

void DramChannel::start_of_simulation() {
  if (runs_late()) controller_.allow_trains();
}

Cycle DramChannel::tick(Cycle now) {
  if (runs_late()) do_clocks_before(now);
  push_responses(now);
  // While a run stands at the full queue nothing can come in: its clocks may be done already.
  if (now >= stepped_until_) {
    do_clock(now);
    if (runs_late()) enter_run();
    push_responses(now);
  }
  note_future();
  return std::max(next_wake(now), now + 1);
}

void DramChannel::settle(Cycle cycles) {
  if (runs_late()) do_clocks_before(cycles);
  account(cycles);
}

/// Data under way and bursts that wait for a rule are progress, however long it takes, and though
/// no link shows it; refreshes, which go on for ever, are not.
void DramChannel::note_future() {
  const Cycle service = controller_.next_service();
  const Cycle answer = service > 0 ? service + least_answer_clocks_ : 0;
  clock().scheduler().note_progress(clock().tick_of(std::max(last_due_, answer)));
}

/// Takes a request. A neighbour on the bus may have this done before the block itself runs.
void DramChannel::begin(Cycle now) {
  if (!controller_.can_accept(now)) return;
  const bool comes = request_in->next_visible() <= now;
  if (!comes && outstanding_ < max_outstanding_) return;
  while (!released_.empty() && released_.front() < now) {
    released_.pop_front();
    --outstanding_;
  }
  if (!comes || outstanding_ == max_outstanding_) return;
  ++outstanding_;
  controller_.accept(request_in->pop(), now);
}

/// Does the work of clock `now`, the clocks before it being done or without any.
void DramChannel::do_clock(Cycle now) {
  account(now);
  bus_.step(now);
  if (step_.column) note_column(now);
  stepped_until_ = now + 1;
  resume_at_ = std::max(next_change(now), now + 1);
  cycles_.standing(activity_after(now));
}

/// The clocks in which a request came in are done: each one woke the block.
void DramChannel::do_clocks_before(Cycle end) {
  while (resume_at_ < end) {
    if (!run_train(std::min(end, request_in->next_visible()))) do_clock(resume_at_);
  }
}

/// Nothing comes in before all bursts of a run have entered: these clocks may be done already.
void DramChannel::enter_run() {
  while (!controller_.can_accept(stepped_until_)) {
    const Cycle entered = controller_.entered();
    if (entered != kOnLink) {
      run_train(entered);
      if (resume_at_ >= entered) {
        stepped_until_ = std::max(stepped_until_, entered);
        return;
      }
    }
    do_clock(resume_at_);
  }
}

/// Does what a train brings before `end`, if nothing cuts it short; false if it brings nothing.
bool DramChannel::run_train(Cycle end) {
  Cycle clock = controller_.next_of_train();
  if (clock >= end) return false;
  Cycle last = clock;
  for (; clock < end; clock = controller_.next_of_train()) {
    account(clock);
    step_ = DramStep{};
    controller_.send_of_train(clock, step_);
    controller_.end_clock(clock);
    note_column(clock);
    last = clock;
  }
  stepped_until_ = last + 1;
  resume_at_ = std::max(next_change(last), last + 1);
  cycles_.standing(activity_after(last));
  return true;
}

/// The clocks before `end` pass under the standing activity, those of them that have not yet.
void DramChannel::account(Cycle end) {
  if (end <= accounted_until_) return;
  cycles_.pass(accounted_until_, end);
  accounted_until_ = end;
}

void DramChannel::note_column(Cycle clock) {
  const Cycle start = std::max(accounted_until_, clock);
  accounted_until_ = start + burst_clocks_;
  cycles_.pass(Activity::kDataBus, start, accounted_until_);
  if (!step_.run_done) return;
  last_due_ = step_.data_end + response_clocks_;
  responses_.push_back({step_.id, last_due_});
}

/// The next clock after `clock` in which the controller acts or the standing activity changes.
Cycle DramChannel::next_change(Cycle clock) {
  Cycle next = controller_.next_event();
  for (const Cycle end : {controller_.refresh_end(), last_due_, last_push_}) {
    if (end > clock) next = std::min(next, end);
  }
  return next;
}

DramChannel::Activity DramChannel::activity_after(Cycle clock) const {
  if (controller_.is_refreshing(clock)) return Activity::kRefresh;
  if (controller_.has_work()) return Activity::kBankTiming;
  if (clock < last_due_) return Activity::kDataLatency;
  if (!responses_.empty() || clock < last_push_) return Activity::kResponseBlocked;
  return Activity::kIdle;
}

void DramChannel::push_responses(Cycle now) {
  while (!responses_.empty() && response_out->ready()) {
    const Response response = responses_.front();
    if (stepped() && response.due > now) return;
    const Cycle clock = std::max({response.due, now, last_push_ + 1});
    if (stepped() && clock > now) return;
    response_out->push_at({response.id}, clock);
    last_push_ = clock;
    released_.push_back(clock);
    responses_.pop_front();
  }
}

/// Run late, a channel may sleep while nobody could see what it does: what it sends first is the
/// response to a burst whose column command is still to come.
Cycle DramChannel::next_wake(Cycle now) const {
  Cycle next = resume_at_;
  if (!runs_late() && last_push_ > now) {
    next = std::min(next, std::max(last_push_, stepped_until_));
  }
  if (runs_late() && next != kOnLink) next += least_answer_clocks_;
  // Several may go out at once, into a link that a pop in this very clock keeps full for the
  // writer: once that is over, there is room that nobody tells of.
  if (!responses_.empty() && response_out->occupancy() < response_out->depth()) {
    next = std::min(next, now + 1);
  }
  if (!controller_.can_accept(stepped_until_)) return next;
  if (outstanding_ < max_outstanding_) {
    const Cycle visible = request_in->next_visible();
    if (visible != kOnLink) next = std::min(next, std::max(visible, stepped_until_));
  } else if (!released_.empty()) {
    next = std::min(next, std::max(released_.front() + 1, stepped_until_));
  }
  return next;
}

}  // namespace vitcod
