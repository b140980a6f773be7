// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/burst_queue.hpp"

#include "sim/base/errors.hpp"

namespace vitcod {

BurstQueue::BurstQueue(std::uint32_t depth) : bursts_(depth) {
  for (std::uint32_t slot = depth; slot-- > 0;) {
    bursts_[slot].younger = free_;
    free_ = static_cast<Slot>(slot);
  }
}

BurstQueue::Slot BurstQueue::insert(const Burst& burst, bool is_hit) {
  check(!full(), "a burst needs a free slot in the queue");
  const Slot slot = free_;
  free_ = bursts_[slot].younger;
  Burst& added = bursts_[slot];
  added = burst;
  added.older = youngest_;
  added.younger = kNone;
  (youngest_ == kNone ? oldest_ : bursts_[youngest_].younger) = slot;
  youngest_ = slot;

  Bank& bank = banks_[burst.bank];
  added.bank_older = bank.youngest;
  added.bank_younger = kNone;
  if (bank.youngest == kNone) {
    bank.oldest = slot;
    oldest_sequences_[burst.bank] = burst.sequence;
  } else {
    bursts_[bank.youngest].bank_younger = slot;
  }
  bank.youngest = slot;
  waiting_banks_ |= std::uint64_t{1} << burst.bank;
  if (is_hit) {
    if (bank.num_hits++ == 0) bank.hit = slot;
    hit_banks_ |= std::uint64_t{1} << burst.bank;
  }
  ++size_;
  return slot;
}

void BurstQueue::remove(Slot slot) {
  Burst& burst = bursts_[slot];
  (burst.older == kNone ? oldest_ : bursts_[burst.older].younger) = burst.younger;
  (burst.younger == kNone ? youngest_ : bursts_[burst.younger].older) = burst.older;
  Bank& bank = banks_[burst.bank];
  (burst.bank_older == kNone ? bank.oldest : bursts_[burst.bank_older].bank_younger) =
      burst.bank_younger;
  (burst.bank_younger == kNone ? bank.youngest : bursts_[burst.bank_younger].bank_older) =
      burst.bank_older;
  if (bank.hit == slot) {
    --bank.num_hits;
    next_hit(burst.bank, burst.bank_younger, burst.row);
    if (bank.hit == kNone) hit_banks_ &= ~(std::uint64_t{1} << burst.bank);
  }
  if (bank.oldest == kNone) {
    waiting_banks_ &= ~(std::uint64_t{1} << burst.bank);
  } else {
    oldest_sequences_[burst.bank] = bursts_[bank.oldest].sequence;
  }
  burst.younger = free_;
  free_ = slot;
  --size_;
}

void BurstQueue::next_hit(std::uint32_t bank_index, Slot from, std::uint32_t row) {
  Bank& bank = banks_[bank_index];
  bank.hit = kNone;
  if (bank.num_hits == 0) return;
  while (bursts_[from].row != row) from = bursts_[from].bank_younger;
  bank.hit = from;
}

void BurstQueue::open_row(std::uint32_t bank_index, std::uint32_t row) {
  Bank& bank = banks_[bank_index];
  bank.num_hits = 0;
  for (Slot slot = bank.oldest; slot != kNone; slot = bursts_[slot].bank_younger) {
    if (bursts_[slot].row == row) ++bank.num_hits;
  }
  next_hit(bank_index, bank.oldest, row);
  if (bank.hit != kNone) hit_banks_ |= std::uint64_t{1} << bank_index;
}

void BurstQueue::close_row(std::uint32_t bank_index) {
  banks_[bank_index].hit = kNone;
  banks_[bank_index].num_hits = 0;
  hit_banks_ &= ~(std::uint64_t{1} << bank_index);
}

bool BurstQueue::holds(std::uint32_t bank, std::uint32_t row, std::uint32_t column) const {
  for (Slot slot = banks_[bank].oldest; slot != kNone; slot = bursts_[slot].bank_younger) {
    if (bursts_[slot].row == row && bursts_[slot].column == column) return true;
  }
  return false;
}

}  // namespace vitcod
