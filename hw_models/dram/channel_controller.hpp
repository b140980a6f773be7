// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/dram/address_map.hpp"
#include "hw_models/dram/burst_queue.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/dram_energy.hpp"
#include "hw_models/dram/dram_messages.hpp"
#include "hw_models/dram/hit_train.hpp"
#include "hw_models/dram/refresh_plan.hpp"
#include "hw_models/dram/timing_state.hpp"
#include "sim/kernel/clock.hpp"

namespace vitcod {

/// What one clock of a channel brought.
struct DramStep {
  bool column = false;    ///< a burst's column command went out
  bool run_done = false;  ///< it was the last of its run
  std::uint64_t id = 0;   ///< of that run
  Cycle data_end = 0;     ///< the clock after the burst's last data beat
};

/// The controller of one channel and the state of its DRAM, as plain C++.
///
/// A request (run) is taken into a register and enters the queue of its direction burst by burst,
/// one a clock, as slots become free; a burst in the queue in clock n can be served in clock n.
/// Choice of the command of a clock, first ready first come first served (FR-FCFS):
///  1. refresh of a rank (bank) whose interval has passed; its banks take nothing else until then,
///     nor does the rank take an ACT that would put off the refresh of a closed bank;
///  2. the oldest burst, once it has waited for `age_bound_clocks`: its bank serves nothing else;
///  3. of what is legal in the clock for the bursts of the present direction, that for the bank
///     with the oldest: the column command of its oldest row hit; if none waits, PRE or ACT.
///     A row that was opened before the direction turned stays open for its burst, whose column
///     command is chosen as if it had not turned; only 1. and 2. may close the row;
///  4. with the timeout policy, PRE of a bank that was not used for a while.
/// Direction: see choose_direction(). A burst to the address of a queued burst of the other
/// direction stays outside, with all behind it, until that one is served.
///
/// Its CommandBus does the clocks one after another; those before next_event() may be left out if
/// nothing is accepted in them.
class ChannelController {
 public:
  explicit ChannelController(const DramConfig& config);

  /// From now on runs of row hits may be trains (HitTrain), with the same commands in the same
  /// clocks: for a bus of its own whose clocks are done late.
  void allow_trains() {
    has_trains_ = organization_.ranks == 1 && policy_.page_policy == DramPagePolicy::kOpen;
  }

  void set_listener(DramCommandListener* listener) { listener_ = listener; }

  /// Is the register for a run free in `clock`, all clocks before being done?
  bool can_accept(Cycle clock) const { return run_left_ == 0 && clock >= entered_; }
  /// Of a train: the clock from which on the register is free; kOnLink if it holds bursts that must
  /// be entered clock by clock.
  Cycle entered() const { return run_left_ == 0 ? entered_ : kOnLink; }
  /// The first clock in which a one-burst run taken then would enter the queue at once; kOnLink if
  /// something must be served first.
  Cycle next_room(bool write) const {
    return run_left_ == 0 && !queues_[write].full() ? next_entry_ : kOnLink;
  }
  /// Takes a run in clock `now`.
  void accept(const DramRequest& request, Cycle now);

  /// The work of clock `now` is: begin_clock(), send() while can_send(), end_clock().
  void begin_clock(Cycle now);
  bool can_send(Cycle now) const { return plan_.clock <= now; }
  /// Sends a command, its first clock being `now`, and notes in `step` what it brought.
  DramCommand send(Cycle now, DramStep& step);
  void end_clock(Cycle now);
  /// Another channel on the same bus sends `command`, its first clock being `now`.
  void yield_bus(DramCommand command, Cycle now);
  /// The next clock in which something can happen; kOnLink if nothing will without a request.
  Cycle next_event();

  /// Of a train that nothing cuts short before: the clock of its next column command. Else kOnLink.
  Cycle next_of_train() const;
  /// The work of that clock, in which nothing else is done.
  void send_of_train(Cycle now, DramStep& step);

  /// The clock of the next command for a burst, as far as it is known; 0 if it is not.
  Cycle next_service() const {
    const bool serves = plan_.priority == Priority::kUrgent || plan_.priority == Priority::kOldest;
    return serves ? plan_.clock : 0;
  }

  /// Bursts wait, in a queue or outside.
  bool has_work() const {
    return run_left_ > 0 || !train_.empty() || queues_[0].size() + queues_[1].size() > 0;
  }
  /// An all-bank refresh is due or under way in `clock`; until when, if under way.
  bool is_refreshing(Cycle clock) const { return refresh_.is_pending() || clock < refresh_end_; }
  Cycle refresh_end() const { return refresh_end_; }

  /// What was done so far, had the run `num_clocks` clocks.
  DramActivity activity(Cycle num_clocks) const;
  const DramActivity& counts() const { return activity_; }

 private:
  struct Run {
    std::uint64_t id = 0;
    std::uint32_t bursts_left = 0;  ///< without a column command
  };
  /// Rank among the candidates of one clock: the smaller goes first.
  enum class Priority : std::uint8_t { kRefresh, kUrgent, kOldest, kIdleClose, kNone };
  struct Candidate {
    Cycle clock = kOnLink;
    Priority priority = Priority::kNone;
    DramCommand command = DramCommand::kAct;
    std::uint8_t bank = 0;
    std::uint64_t sequence = 0;  ///< of the oldest burst in its bank

    bool goes_before(const Candidate& other) const {
      if (clock != other.clock) return clock < other.clock;
      if (priority != other.priority) return priority < other.priority;
      return sequence < other.sequence;
    }
  };

  std::uint64_t bank_bit(std::uint32_t bank) const { return std::uint64_t{1} << bank; }
  bool is_open(std::uint32_t bank) const { return (open_banks_ & bank_bit(bank)) != 0; }
  BurstQueue& queue() { return queues_[writing_]; }
  /// Banks whose row was opened for a burst of the other direction that is still to be served.
  std::uint64_t owed_banks() const { return owed_banks_[!writing_]; }

  std::uint32_t bank_of(const DramCoordinates& at) const {
    return (at.rank * organization_.bank_groups + at.bank_group) * organization_.banks_per_group +
           at.bank;
  }
  bool join_train(Cycle now);
  bool can_begin_train(Cycle now) const;
  bool push_hits(Cycle clock);
  bool plan_train(std::uint64_t sequence);
  void leave_train(Cycle now);
  void enter_burst(Cycle clock);
  void note_arrival(bool write, BurstQueue::Slot slot, Cycle clock);
  void choose_direction();
  bool wants_writes() const;

  void make_plan(Cycle from);
  void find_urgent(Cycle from);
  void plan_refresh(Cycle from);
  Cycle last_activate(std::uint32_t rank) const {
    return refresh_.pending().empty() ? kOnLink : last_activate_[rank];
  }
  void plan_urgent(Cycle from);
  void plan_column(bool write, std::uint8_t bank, Cycle from);
  bool plan_oldest(bool write, std::uint64_t banks, Cycle from);
  void plan_columns(bool write, std::uint64_t banks, Cycle from);
  void plan_rows(std::uint64_t banks, DramCommand command, Cycle from);
  void plan_idle_close(Cycle from);
  void consider(const Candidate& candidate) {
    if (candidate.goes_before(plan_)) plan_ = candidate;
  }
  DramCommand column_command(bool write, std::uint32_t bank) const;

  void issue_planned(Cycle now, DramStep& step);
  void issue_activate(std::uint32_t bank);
  void issue_column(Cycle now, DramStep& step);
  void begin_data(Cycle now, std::uint32_t bank, std::uint16_t run, bool write, DramStep& step);
  void issue_precharge(std::uint32_t bank, Cycle now);
  void issue_refresh(Cycle now);
  void open_bank(std::uint32_t bank, std::uint32_t row, Cycle now);
  void close_bank(std::uint32_t bank, Cycle now);
  void log(Cycle now, std::uint32_t bank, std::uint32_t row, std::uint32_t column) const;

  const DramOrganization organization_;
  const DramCommandTiming commands_;
  const DramControllerConfig policy_;
  const std::uint32_t refresh_clocks_;  ///< an all-bank refresh, tRFC
  const AddressMap map_;
  TimingState timing_;
  RefreshPlan refresh_;
  DramCommandListener* listener_ = nullptr;

  std::array<BurstQueue, 2> queues_;  ///< reads, writes
  std::vector<std::uint32_t> open_row_;
  std::vector<Cycle> last_access_;  ///< bank: its last column command or ACT
  std::uint64_t open_banks_ = 0;
  /// Direction: banks whose row was opened for a burst of it that has no column command yet.
  std::array<std::uint64_t, 2> owed_banks_{};
  std::vector<std::uint64_t> rank_banks_;  ///< rank: its banks, one bit each
  std::vector<Cycle> rank_open_since_;
  const Cycle act_to_refresh_;        ///< least distance from ACT to REFPB in a rank
  std::vector<Cycle> last_activate_;  ///< rank: a later ACT would put off its pending REFPB

  DramRequest run_;             ///< the run that is entering the queue
  std::uint32_t run_left_ = 0;  ///< its bursts that have not
  std::uint16_t run_index_ = 0;
  bool run_conflicts_ = false;  ///< it waits for a burst of the other direction
  Cycle next_entry_ = 0;        ///< earliest clock for the next burst to enter
  bool has_trains_ = false;
  HitTrain train_;
  Cycle entered_ = 0;  ///< of a train: the clock for which its last burst enters
  std::vector<Run> runs_;
  std::vector<std::uint16_t> free_runs_;

  bool writing_ = false;
  bool draining_ = false;  ///< a write has become too old: the writes go on to the last
  std::uint64_t next_sequence_ = 0;
  Candidate plan_;
  bool plan_is_stale_ = false;
  Cycle plan_from_ = 0;                          ///< a new plan starts here
  BurstQueue::Slot urgent_ = BurstQueue::kNone;  ///< in the queue of the present direction
  Cycle next_urgent_ = kOnLink;                  ///< no burst becomes too old before
  Cycle refresh_end_ = 0;
  Cycle data_free_ = 0;  ///< the data bus is taken before
  DramActivity activity_;
};

}  // namespace vitcod
