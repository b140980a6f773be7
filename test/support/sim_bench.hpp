// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <systemc>
#include <utility>
#include <vector>

#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"
#include "sim/kernel/scheduler.hpp"
#include "sim/kernel/sim_context.hpp"

namespace vitcod::test {

/// One simulation of a test: a context of its own, a scheduler and a clock. A SystemC warning fails
/// the test. Declare it before the blocks and links of the test.
class SimBench {
 private:
  SimContext context_;

 public:
  explicit SimBench(const RunMode& mode = {}, std::uint64_t frequency_khz = 500'000)
      : scheduler("scheduler", mode), clock(scheduler, "core", frequency_khz) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_THROW);
  }

  void run() { scheduler.run(); }
  Cycle num_cycles() const { return scheduler.num_cycles(clock); }

  StatGroup stats{"bench"};
  Scheduler scheduler;
  Clock clock;
};

/// The run modes that must not change a result.
inline std::vector<RunMode> all_run_modes() {
  RunMode stepped;
  stepped.stepped = true;
  RunMode reversed;
  reversed.reversed = true;
  RunMode both = stepped;
  both.reversed = true;
  return {RunMode{}, stepped, reversed, both};
}

enum class TestActivity { kIdle, kBusy };

/// A block whose tick is a function of the test's.
class ScriptedBlock : public Block {
 public:
  using Script = std::function<Cycle(Cycle now)>;

  ScriptedBlock(const sc_core::sc_module_name& name, SimBench& bench)
      : ScriptedBlock(name, bench.clock, bench) {}
  ScriptedBlock(const sc_core::sc_module_name& name, Clock& block_clock, SimBench& bench)
      : Block(name, block_clock), stats_(bench.stats, basename()) {}

  using Block::account_until;

  /// The block sleeps until `cycle`, which is the last of the run.
  void stop_run_in(Cycle cycle) {
    script = [this, cycle](Cycle now) {
      if (now < cycle) return cycle;
      clock().scheduler().stop();
      return kOnLink;
    };
  }

  Script script = [](Cycle) { return kOnLink; };

 private:
  Cycle tick(Cycle now) override { return script(now); }
  CycleAccount& cycle_account() override { return cycles; }

  StatGroup stats_;

 public:
  CycleBreakdown<TestActivity, 2> cycles{stats_, {"idle", "busy"}};
};

template <typename T = int>
class ScriptedWriter final : public ScriptedBlock {
 public:
  using ScriptedBlock::ScriptedBlock;
  LinkOut<T> out{"out"};
};

template <typename T = int>
class ScriptedReader final : public ScriptedBlock {
 public:
  using ScriptedBlock::ScriptedBlock;
  LinkIn<T> in{"in"};
};

/// Pushes `beats`, each in the first cycle that is not before its own and has room.
template <typename T>
class Source final : public Block {
 public:
  struct Beat {
    Cycle from;
    T value;
  };
  LinkOut<T> out{"out"};

  Source(const sc_core::sc_module_name& name, SimBench& bench, std::vector<Beat> beats)
      : Block(name, bench.clock), beats_(std::move(beats)), stats_(bench.stats, basename()) {}

  /// Cycle in which each beat was pushed.
  std::vector<Cycle> pushed_at;

 private:
  Cycle tick(Cycle now) override {
    const std::size_t next = pushed_at.size();
    if (next == beats_.size()) return kOnLink;
    if (beats_[next].from > now) return beats_[next].from;
    if (!out->ready()) return kOnLink;
    out->push(beats_[next].value);
    pushed_at.push_back(now);
    return now + 1;
  }
  CycleAccount& cycle_account() override { return cycles_; }

  const std::vector<Beat> beats_;
  StatGroup stats_;
  CycleBreakdown<TestActivity, 2> cycles_{stats_, {"idle", "busy"}};
};

/// Takes beats, at most one a cycle, none before cycle `from`, and stops the run with the last of
/// `expected` beats of all sinks that share a countdown.
template <typename T>
class Sink final : public Block {
 public:
  struct Arrival {
    Cycle cycle;
    T value;
  };
  LinkIn<T> in{"in"};

  /// `countdown`: beats that are still to come in the whole bench.
  Sink(const sc_core::sc_module_name& name, SimBench& bench, std::size_t& countdown, Cycle from = 0)
      : Block(name, bench.clock),
        countdown_(countdown),
        from_(from),
        stats_(bench.stats, basename()) {}

  std::vector<Arrival> arrivals;

  std::vector<Cycle> cycles() const {
    std::vector<Cycle> list;
    for (const Arrival& arrival : arrivals) list.push_back(arrival.cycle);
    return list;
  }

 private:
  Cycle tick(Cycle now) override {
    if (now < from_) return from_;
    if (!in->valid()) return kOnLink;
    arrivals.push_back(Arrival{now, in->pop()});
    if (--countdown_ == 0) clock().scheduler().stop();
    return now + 1;
  }
  CycleAccount& cycle_account() override { return cycles_; }

  std::size_t& countdown_;
  const Cycle from_;
  StatGroup stats_;
  CycleBreakdown<TestActivity, 2> cycles_{stats_, {"idle", "busy"}};
};

}  // namespace vitcod::test
