// SPDX-License-Identifier: Apache-2.0
// The choice of the next command: of all candidates the one that is legal first, and of those the
// one that FR-FCFS prefers.
#include <algorithm>
#include <bit>

#include "hw_models/dram/channel_controller.hpp"

namespace vitcod {
namespace {

/// The best of many banks for one command: the earliest, and of these the one with the oldest
/// burst. Both are packed into one word (clocks from `from`, age from `oldest`, bank), so that the
/// loop over the banks has no branch to mispredict. Ages that differ by more than 2^26 bursts may
/// be taken for each other; the age bound keeps bursts from growing that old.
class BankChoice {
 public:
  /// Needs a burst in `waiting`.
  BankChoice(Cycle from, const BurstQueue& waiting)
      : from_(from),
        oldest_(waiting.at(waiting.oldest()).sequence),
        sequences_(waiting.oldest_sequences()) {}

  void look_at(std::uint64_t banks, Cycle base, const TimingState::BankClocks& clocks) {
    for (; banks != 0; banks &= banks - 1) {
      const auto bank = static_cast<std::uint32_t>(std::countr_zero(banks));
      const Cycle clock = std::max(base, clocks.of(bank)) - from_;
      const std::uint64_t age = (sequences_[bank] - oldest_) & kAgeMask;
      best_ = std::min(best_, (clock << kClockShift) | (age << kAgeShift) | bank);
    }
  }
  bool empty() const { return best_ == kEmpty; }
  Cycle clock() const { return from_ + (best_ >> kClockShift); }
  std::uint8_t bank() const { return static_cast<std::uint8_t>(best_ & kBankMask); }

 private:
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
  static constexpr std::uint32_t kAgeShift = 6;
  static constexpr std::uint32_t kClockShift = 32;
  static constexpr std::uint64_t kBankMask = (std::uint64_t{1} << kAgeShift) - 1;
  static constexpr std::uint64_t kAgeMask = (std::uint64_t{1} << (kClockShift - kAgeShift)) - 1;

  const Cycle from_;
  const std::uint64_t oldest_;
  const std::uint64_t* const sequences_;
  std::uint64_t best_ = kEmpty;
};

}  // namespace

/// Plans the next command, with its first clock at `from` or later.
void ChannelController::make_plan(Cycle from) {
  plan_is_stale_ = false;
  plan_ = Candidate{};
  choose_direction();
  if (urgent_ != BurstQueue::kNone || from >= next_urgent_) find_urgent(from);
  std::uint64_t banks = ~refresh_.closed_banks();
  if (!refresh_.pending().empty()) plan_refresh(from);
  if (urgent_ != BurstQueue::kNone) {
    const std::uint64_t own = bank_bit(queue().at(urgent_).bank);
    if ((banks & own) != 0) plan_urgent(from);
    banks &= ~own;
  }
  const std::uint64_t waiting = queue().waiting_banks() & banks;
  const std::uint64_t hits = queue().hit_banks() & banks;
  const std::uint64_t owed = owed_banks() & banks;
  if (hits != 0) plan_columns(writing_, hits, from);
  // Nothing turns the bus round ahead of a burst past its bound.
  if (owed != 0 && urgent_ == BurstQueue::kNone) plan_columns(!writing_, owed, from);
  if (waiting == hits) {
    if (policy_.page_policy != DramPagePolicy::kTimeout) return;
  } else {
    plan_rows(waiting & open_banks_ & ~hits & ~owed, DramCommand::kPre, from);
    plan_rows(waiting & ~open_banks_, DramCommand::kAct, from);
  }
  if (policy_.page_policy == DramPagePolicy::kTimeout) plan_idle_close(from);
}

/// Past its age bound, the oldest burst of all sets the direction and has its bank to itself. Were
/// old writes served one by one among reads, each would cost two turns of the bus: so all go.
void ChannelController::find_urgent(Cycle from) {
  urgent_ = BurstQueue::kNone;
  next_urgent_ = kOnLink;
  std::uint64_t oldest = 0;
  for (const bool write : {false, true}) {
    const BurstQueue::Slot slot = queues_[write].oldest();
    if (slot == BurstQueue::kNone) continue;
    const BurstQueue::Burst& burst = queues_[write].at(slot);
    const Cycle bound = burst.arrival + policy_.age_bound_clocks;
    if (bound > from) {
      next_urgent_ = std::min(next_urgent_, bound);
    } else if (urgent_ == BurstQueue::kNone || burst.sequence < oldest) {
      urgent_ = slot;
      oldest = burst.sequence;
      writing_ = write;
    }
  }
  if (urgent_ != BurstQueue::kNone && writing_) draining_ = true;
}

/// An ACT of several clocks begins before a REFPB that may end when it does: it would go first each
/// time, and a stream of them would put the refresh off for ever.
void ChannelController::plan_refresh(Cycle from) {
  last_activate_.assign(organization_.ranks, kOnLink);
  for (const RefreshPlan::Target& target : refresh_.pending()) {
    const bool open = (open_banks_ & target.banks) != 0;
    const DramCommand close = target.per_bank ? DramCommand::kPre : DramCommand::kPrea;
    const DramCommand refresh = target.per_bank ? DramCommand::kRefpb : DramCommand::kRef;
    const DramCommand command = open ? close : refresh;
    const Cycle legal = target.per_bank ? timing_.earliest(command, target.bank)
                                        : timing_.earliest_in_rank(command, target.rank);
    const Cycle clock = std::max(legal, from);
    if (command == DramCommand::kRefpb) {
      last_activate_[target.rank] = clock - std::min(clock, act_to_refresh_);
    }
    consider(
        {clock, Priority::kRefresh, command, static_cast<std::uint8_t>(target.bank), target.rank});
  }
}

void ChannelController::plan_urgent(Cycle from) {
  const BurstQueue::Burst& burst = queue().at(urgent_);
  DramCommand command = DramCommand::kAct;
  if (is_open(burst.bank)) {
    command = open_row_[burst.bank] == burst.row ? column_command(writing_, burst.bank)
                                                 : DramCommand::kPre;
  }
  const Cycle clock = std::max(timing_.earliest(command, burst.bank), from);
  const bool waits_for_refresh =
      command == DramCommand::kAct && clock > last_activate(timing_.rank_of(burst.bank));
  if (waits_for_refresh) return;
  consider({clock, Priority::kUrgent, command, burst.bank, burst.sequence});
}

/// With the closed policy the last hit to a row closes it.
DramCommand ChannelController::column_command(bool write, std::uint32_t bank) const {
  const bool last = policy_.page_policy == DramPagePolicy::kClosed &&
                    queues_[0].num_hits(bank) + queues_[1].num_hits(bank) == 1;
  if (write) return last ? DramCommand::kWra : DramCommand::kWr;
  return last ? DramCommand::kRda : DramCommand::kRd;
}

/// As plan_columns(), for one bank.
void ChannelController::plan_column(bool write, std::uint8_t bank, Cycle from) {
  const DramCommand plain = write ? DramCommand::kWr : DramCommand::kRd;
  const Cycle clock = std::max(from, timing_.earliest(plain, bank));
  if (clock > plan_.clock) return;
  consider({clock, Priority::kOldest, column_command(write, bank), bank,
            queues_[write].oldest_sequences()[bank]});
}

/// In a train of row hits the oldest burst is nearly always one that only the rank holds back, as
/// it does all others: then none goes before it, and there is nothing to compare.
bool ChannelController::plan_oldest(bool write, std::uint64_t banks, Cycle from) {
  const BurstQueue& waiting = queues_[write];
  const BurstQueue::Burst& oldest = waiting.at(waiting.oldest());
  if (organization_.ranks > 1 || (banks & bank_bit(oldest.bank)) == 0) return false;
  const DramCommand plain = write ? DramCommand::kWr : DramCommand::kRd;
  const Cycle clock = std::max(from, timing_.earliest_in_rank(plain, 0));
  if (timing_.bank_clocks(plain).of(oldest.bank) > clock) return false;
  consider(
      {clock, Priority::kOldest, column_command(write, oldest.bank), oldest.bank, oldest.sequence});
  return true;
}

void ChannelController::plan_columns(bool write, std::uint64_t banks, Cycle from) {
  if ((banks & (banks - 1)) == 0) {
    plan_column(write, static_cast<std::uint8_t>(std::countr_zero(banks)), from);
    return;
  }
  if (plan_oldest(write, banks, from)) return;
  const DramCommand plain = write ? DramCommand::kWr : DramCommand::kRd;
  const BurstQueue& waiting = queues_[write];
  BankChoice choice(from, waiting);
  for (std::uint32_t rank = 0; rank < organization_.ranks; ++rank) {
    if ((banks & rank_banks_[rank]) == 0) continue;
    const Cycle base = std::max(from, timing_.earliest_in_rank(plain, rank));
    if (base > plan_.clock) continue;
    choice.look_at(banks & rank_banks_[rank], base, timing_.bank_clocks(plain));
  }
  if (choice.empty()) return;
  const std::uint8_t bank = choice.bank();
  consider({choice.clock(), Priority::kOldest, column_command(write, bank), bank,
            waiting.oldest_sequences()[bank]});
}

void ChannelController::plan_rows(std::uint64_t banks, DramCommand command, Cycle from) {
  const BurstQueue& waiting = queue();
  for (std::uint32_t rank = 0; rank < organization_.ranks; ++rank) {
    const Cycle base = std::max(from, timing_.earliest_in_rank(command, rank));
    if (base > plan_.clock || (base == plan_.clock && plan_.priority < Priority::kOldest)) continue;
    BankChoice choice(from, waiting);
    choice.look_at(banks & rank_banks_[rank], base, timing_.bank_clocks(command));
    if (choice.empty()) continue;
    if (command == DramCommand::kAct && choice.clock() > last_activate(rank)) continue;
    const std::uint8_t bank = choice.bank();
    consider({choice.clock(), Priority::kOldest, command, bank, waiting.oldest_sequences()[bank]});
  }
}

/// The timeout policy closes rows that nothing waits for and that were not accessed for a while.
void ChannelController::plan_idle_close(Cycle from) {
  std::uint64_t idle = open_banks_ & ~queues_[0].waiting_banks() & ~queues_[1].waiting_banks() &
                       ~refresh_.closed_banks();
  for (; idle != 0; idle &= idle - 1) {
    const auto bank = static_cast<std::uint8_t>(std::countr_zero(idle));
    const Cycle timeout = last_access_[bank] + policy_.page_timeout_clocks;
    consider({std::max({from, timeout, timing_.earliest(DramCommand::kPre, bank)}),
              Priority::kIdleClose, DramCommand::kPre, bank, bank});
  }
}

}  // namespace vitcod
