// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/base/errors.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

Scheduler::Scheduler(const sc_core::sc_module_name& name, const RunMode& mode)
    : sc_core::sc_module(name), mode_(mode) {
  SC_METHOD(activate);
}

Scheduler::~Scheduler() = default;

void Scheduler::resolve_common_tick() {
  ticks_per_ms_ = 1;
  for (const Clock* clock : clocks_) {
    const std::uint64_t factor =
        clock->frequency_khz() / std::gcd(ticks_per_ms_, clock->frequency_khz());
    const Wide product = Wide{ticks_per_ms_} * factor;
    check(product <= kMaxTicksPerMs, "the clocks have no common tick that a run can be counted in");
    ticks_per_ms_ = static_cast<std::uint64_t>(product);
  }
  for (Clock* clock : clocks_) clock->period_ = ticks_per_ms_ / clock->frequency_khz();
}

sc_core::sc_time Scheduler::sc_time_of(Tick tick) const {
  constexpr std::uint64_t kPicosecondsPerMs = 1'000'000'000;
  return sc_core::sc_time::from_value(
      static_cast<std::uint64_t>(Wide{tick} * kPicosecondsPerMs / ticks_per_ms_));
}

void Scheduler::run() {
  check(!clocks_.empty(), "a scheduler needs a clock");
  resolve_common_tick();
  sc_core::sc_start();
  if (error_) std::rethrow_exception(error_);
  finish();
}

std::uint64_t Scheduler::num_wakeups() const {
  std::uint64_t sum = 0;
  for (const Clock* clock : clocks_) sum += clock->num_wakeups_;
  return sum;
}

void Scheduler::activate() {
  try {
    advance();
  } catch (...) {
    error_ = std::current_exception();
  }
}

void Scheduler::advance() {
  for (std::uint64_t edges = 0; edges <= mode_.quantum_edges; ++edges) {
    Tick next = kOnLink;
    for (const Clock* clock : clocks_) {
      if (clock->next_due_ != kOnLink) next = std::min(next, clock->tick_of(clock->next_due_));
    }
    if (next == kOnLink) throw DeadlockError("no block is due; " + who_waits_for_whom());
    now_ = next;
    for (Clock* clock : clocks_) {
      if (clock->next_due_ != kOnLink && clock->tick_of(clock->next_due_) == next) {
        clock->run_due_blocks(mode_.reversed);
      }
    }
    if (stop_requested_) {
      end_ = now_ + 1;
      return;
    }
    if ((++num_instants_ & 0xFFFU) == 0) check_progress();
  }
  const sc_core::sc_time target = sc_time_of(now_);
  const sc_core::sc_time& current = sc_core::sc_time_stamp();
  // At least one resolution step: an activation must never repeat within one instant.
  sc_core::next_trigger(target > current ? target - current : sc_core::sc_get_time_resolution());
}

/// In cycles of the slowest clock: what takes a few of its cycles may take a faster one millions.
void Scheduler::check_progress() const {
  Tick cycle = 0;
  for (const Clock* clock : clocks_) cycle = std::max(cycle, clock->period_ticks());
  if (now_ > last_progress_ && (now_ - last_progress_) / cycle > mode_.watchdog_cycles) {
    throw DeadlockError(fmt::format("nothing moved for {} cycles; {}", mode_.watchdog_cycles,
                                    who_waits_for_whom()));
  }
}

std::string Scheduler::who_waits_for_whom() const {
  std::string dump = fmt::format("cycle {}", clocks_.front()->now());
  for (const Clock* clock : clocks_) {
    for (const Block* block : clock->blocks_) {
      dump += fmt::format("\n  {}: {}", block->name(), block->activity());
    }
  }
  for (const LinkBase* link : links_) {
    if (link->occupancy() > 0) dump += "\n  link " + link->describe();
  }
  return dump;
}

void Scheduler::finish() {
  for (const LinkBase* link : links_) {
    if (link->occupancy() > 0) {
      throw ModelError("a link is not empty at the end of the run: " + link->describe());
    }
  }
  for (Module* module : modules_) {
    const Cycle cycles = num_cycles(module->clock());
    module->finish(cycles);
    const CycleAccount* account = module->account();
    if (account != nullptr && account->total() != cycles) {
      throw ModelError(fmt::format("{}: {} cycles accounted for in a run of {}", module->name(),
                                   account->total(), cycles));
    }
  }
}

}  // namespace vitcod
