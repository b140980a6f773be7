// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/block.hpp"

#include <catch2/catch.hpp>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::block_test {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// A passive part that books what the test tells it to.
class PassivePart final : public Module {
 public:
  PassivePart(const sc_core::sc_module_name& name, SimBench& bench, Cycle booked)
      : Module(name, bench.clock), booked_(booked), stats_(bench.stats, basename()) {}
  void finish(Cycle) override { cycles_.pass(TestActivity::kBusy, 0, booked_); }
  const CycleAccount* account() const override { return &cycles_; }

 private:
  const Cycle booked_;
  StatGroup stats_;
  CycleBreakdown<TestActivity, 2> cycles_{stats_, {"idle", "busy"}};
};

/// Two blocks, each of which waits for a beat of the other one; a beat lies in the link between a
/// third pair.
struct Circle {
  explicit Circle(const RunMode& mode)
      : bench(mode),
        left("left", bench),
        right("right", bench),
        forward("forward", bench.clock),
        backward("backward", bench.clock, 3),
        writer("writer", bench),
        stuck("stuck", bench.clock, 4) {
    left.out(forward);
    right.in(forward);
    right.out(backward);
    left.in(backward);
    writer.out(stuck);
    deaf.in(stuck);
    left.script = [this](Cycle) { return wait_for_input(left); };
    right.script = [this](Cycle) { return wait_for_input(right); };
    writer.script = [this](Cycle now) {
      if (now < 3) writer.out->push(1);
      return now < 3 ? now + 1 : kOnLink;
    };
  }

  struct Node final : ScriptedBlock {
    using ScriptedBlock::ScriptedBlock;
    LinkIn<int> in{"in"};
    LinkOut<int> out{"out"};
  };
  static Cycle wait_for_input(Node& node) {
    node.cycles.standing(node.in->valid() ? TestActivity::kBusy : TestActivity::kIdle);
    return kOnLink;
  }

  SimBench bench;
  Node left;
  Node right;
  ScriptedReader<> deaf{"deaf", bench};
  Link<int> forward;
  Link<int> backward;
  ScriptedWriter<> writer;
  Link<int> stuck;
};

std::string deadlock_of(Circle& circle) {
  try {
    circle.bench.run();
  } catch (const DeadlockError& error) {
    return error.what();
  }
  return "no deadlock";
}

}  // namespace

TEST_CASE("every cycle is counted once, under the reason that the block slept with") {
  // Runs in 0 (busy from here), 4 (idle from here) and 9 (busy from here); the run has 15 cycles.
  for (const RunMode& mode : all_run_modes()) {
    SimBench bench(mode);
    ScriptedBlock block("block", bench);
    ScriptedBlock clockwork("clockwork", bench);
    block.script = [&](Cycle now) -> Cycle {
      block.cycles.standing(now >= 4 && now < 9 ? TestActivity::kIdle : TestActivity::kBusy);
      return now < 4 ? 4 : (now < 9 ? 9 : kOnLink);
    };
    clockwork.stop_run_in(14);
    bench.run();
    CHECK(block.cycles.cycles(TestActivity::kBusy) == 10);
    CHECK(block.cycles.cycles(TestActivity::kIdle) == 5);
    CHECK(clockwork.cycles.total() == 15);
  }
}

TEST_CASE("a block that runs ahead accounts for the cycles itself") {
  // In cycle 2 it books cycles 2 to 11 as busy; idle otherwise, 20 cycles in all.
  SimBench bench;
  ScriptedBlock block("block", bench);
  block.script = [&](Cycle now) -> Cycle {
    if (now < 2) return 2;
    if (now == 19) bench.scheduler.stop();
    if (now == 19) return kOnLink;
    if (now == 12) return 19;
    block.cycles.pass(TestActivity::kBusy, 2, 12);
    block.account_until(12);
    return 12;
  };
  bench.run();
  CHECK(block.cycles.cycles(TestActivity::kBusy) == 10);
  CHECK(block.cycles.cycles(TestActivity::kIdle) == 10);
}

TEST_CASE("a block may close its account at the end of the run") {
  // It sleeps from cycle 0 on and knows only then what it did: busy in the cycles 3 to 6.
  class Sleeper final : public ScriptedBlock {
   public:
    explicit Sleeper(SimBench& bench) : ScriptedBlock("sleeper", bench) { account_until(kOnLink); }

   private:
    void settle(Cycle end) override {
      cycles.pass(TestActivity::kIdle, 0, 3);
      cycles.pass(TestActivity::kBusy, 3, 7);
      cycles.pass(TestActivity::kIdle, 7, end);
    }
  };
  for (const RunMode& mode : all_run_modes()) {
    SimBench bench(mode);
    Sleeper sleeper(bench);
    ScriptedBlock clockwork("clockwork", bench);
    clockwork.stop_run_in(20);
    bench.run();
    CHECK(sleeper.cycles.cycles(TestActivity::kBusy) == 4);
    CHECK(sleeper.cycles.cycles(TestActivity::kIdle) == 17);
  }
}

TEST_CASE("a cycle accounted for twice is a model error") {
  SimBench bench;
  ScriptedBlock block("block", bench);
  block.script = [&](Cycle now) -> Cycle {
    if (now == 0) block.account_until(10);
    if (now == 5) block.account_until(9);
    return now == 0 ? 5 : kOnLink;
  };
  CHECK_THROWS_WITH(bench.run(), "block in cycle 5: a cycle was accounted for twice");
}

TEST_CASE("a block's account that is not the run's length is a model error") {
  const auto run_with = [](Cycle booked_by_itself) {
    SimBench bench;
    ScriptedBlock block("block", bench);
    ScriptedBlock clockwork("clockwork", bench);
    clockwork.stop_run_in(20);
    block.script = [&](Cycle now) {
      if (now > 0) return kOnLink;
      block.cycles.pass(TestActivity::kBusy, 0, booked_by_itself);
      block.account_until(10);
      return kOnLink;
    };
    bench.run();
  };
  CHECK_NOTHROW(run_with(10));
  CHECK_THROWS_WITH(run_with(9), "block: 20 cycles accounted for in a run of 21");
  CHECK_THROWS_WITH(run_with(11), "block: 22 cycles accounted for in a run of 21");
}

TEST_CASE("cycles that a block booked beyond the end of the run are a model error") {
  SimBench bench;
  ScriptedBlock block("block", bench);
  ScriptedBlock clockwork("clockwork", bench);
  block.script = [&](Cycle now) {
    if (now > 0) return kOnLink;
    block.cycles.pass(TestActivity::kBusy, 0, 30);
    block.account_until(30);
    return kOnLink;
  };
  clockwork.stop_run_in(20);
  CHECK_THROWS_WITH(bench.run(), "block: 30 cycles accounted for in a run of 21");
}

TEST_CASE("a passive part's account is checked too") {
  const auto run_with = [](Cycle booked) {
    SimBench bench;
    PassivePart part("part", bench, booked);
    ScriptedBlock clockwork("clockwork", bench);
    clockwork.stop_run_in(7);
    bench.run();
  };
  CHECK_NOTHROW(run_with(8));
  CHECK_THROWS_WITH(run_with(7), "part: 7 cycles accounted for in a run of 8");
}

TEST_CASE("a tick that names no later cycle is a model error") {
  SimBench bench;
  ScriptedBlock block("block", bench);
  block.script = [&](Cycle now) -> Cycle { return now < 5 ? 5 : now; };
  CHECK_THROWS_WITH(bench.run(), Contains("tick() must name a later cycle"));
}

TEST_CASE("a beat left in a link at the end is a model error that names both ends") {
  SimBench bench;
  ScriptedWriter<> writer("writer", bench);
  ScriptedReader<> reader("reader", bench);
  Link<int> link("link", bench.clock, 3);
  writer.out(link);
  reader.in(link);
  writer.script = [&](Cycle now) {
    writer.out->push(1);
    if (now == 1) bench.scheduler.stop();
    return now + 1;
  };
  CHECK_THROWS_WITH(bench.run(),
                    "a link is not empty at the end of the run: link: 2 of 3 beats, writer -> "
                    "reader");
}

TEST_CASE("an error of another kind leaves the run as it is") {
  SimBench bench;
  ScriptedBlock block("block", bench);
  block.script = [](Cycle) -> Cycle { throw InputError("not the model's fault"); };
  CHECK_THROWS_AS(bench.run(), InputError);
}

TEST_CASE("blocks that wait for each other are a deadlock that says who waits for whom") {
  // The last thing that runs is the third push, in cycle 2; the writer's last tick is in cycle 3.
  // A stepped run finds no progress 1000 cycles after that; only the cycle may differ.
  Circle circle(RunMode{});
  const std::string dump = deadlock_of(circle);
  CHECK(dump ==
        "no block is due; cycle 3"
        "\n  left: idle\n  right: idle\n  deaf: idle\n  writer: idle"
        "\n  link stuck: 3 of 4 beats, writer -> deaf");

  RunMode stepped;
  stepped.stepped = true;
  stepped.watchdog_cycles = 1000;
  Circle same(stepped);
  const std::string stepped_dump = deadlock_of(same);
  CHECK_THAT(stepped_dump, StartsWith("nothing moved for 1000 cycles; cycle "));
  CHECK(stepped_dump.substr(stepped_dump.find('\n')) == dump.substr(dump.find('\n')));
}

TEST_CASE("the dump shows each block's standing reason and each link that holds beats") {
  Circle circle(RunMode{});
  circle.left.script = [&](Cycle now) -> Cycle {
    circle.left.cycles.standing(TestActivity::kBusy);
    if (now == 4) circle.left.out->push(5);
    return now < 4 ? 4 : kOnLink;
  };
  circle.right.script = [&](Cycle) {  // sees the beat and does not take it
    return Circle::wait_for_input(circle.right);
  };
  CHECK(deadlock_of(circle) ==
        "no block is due; cycle 5"
        "\n  left: busy\n  right: busy\n  deaf: idle\n  writer: idle"
        "\n  link forward: 1 of 2 beats, left -> right"
        "\n  link stuck: 3 of 4 beats, writer -> deaf");
}

TEST_CASE("the watchdog ends a run in which blocks tick and nothing moves") {
  // It looks every 4096 instants: nothing moved for more than 10,000 cycles is seen at 12,288.
  RunMode mode;
  mode.watchdog_cycles = 10'000;
  SimBench bench(mode);
  ScriptedBlock block("block", bench);
  Cycle last = 0;
  block.script = [&](Cycle now) {
    last = now;
    return now + 1;
  };
  CHECK_THROWS_WITH(bench.run(), Contains("nothing moved for 10000 cycles; cycle "));
  CHECK(last > 10'000);
  CHECK(last <= 10'000 + 4096);
}

TEST_CASE("the watchdog counts in cycles of the slowest clock") {
  // A clock of a hundredth of the frequency: 60,000 cycles of the fast one are 600 of its own.
  RunMode mode;
  mode.watchdog_cycles = 5'000;
  SimBench bench(mode);
  Clock slow(bench.scheduler, "slow", bench.clock.frequency_khz() / 100);
  ScriptedBlock asleep("asleep", slow, bench);
  asleep.script = [](Cycle) { return kOnLink; };
  ScriptedBlock block("block", bench);
  block.script = [&](Cycle now) {
    if (now == 60'000) bench.scheduler.stop();
    return now + 1;
  };
  CHECK_NOTHROW(bench.run());
}

TEST_CASE("the watchdog lets a run go on while a beat moves now and then") {
  RunMode mode;
  mode.watchdog_cycles = 5'000;
  SimBench bench(mode);
  ScriptedWriter<> writer("writer", bench);
  ScriptedReader<> reader("reader", bench);
  Link<int> link("link", bench.clock, 2);
  writer.out(link);
  reader.in(link);
  writer.script = [&](Cycle now) {
    if (now % 4000 == 0 && now < 100'000) writer.out->push(1);
    if (now == 100'000) bench.scheduler.stop();
    return now + 1;
  };
  reader.script = [&](Cycle now) {
    if (reader.in->valid()) reader.in->pop();
    return now + 1;
  };
  CHECK_NOTHROW(bench.run());
}

TEST_CASE("the watchdog accepts progress that no link shows") {
  RunMode mode;
  mode.watchdog_cycles = 5'000;
  SimBench bench(mode);
  ScriptedBlock block("block", bench);
  block.script = [&](Cycle now) {
    if (now == 0) bench.scheduler.note_progress(bench.clock.tick_of(40'000));
    if (now == 44'000) bench.scheduler.stop();
    return now + 1;
  };
  CHECK_NOTHROW(bench.run());
}

}  // namespace vitcod::test::block_test
