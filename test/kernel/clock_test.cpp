// SPDX-License-Identifier: Apache-2.0
#include "sim/kernel/clock.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::clock_test {

using Catch::Matchers::Contains;

namespace {

using Cycles = std::vector<Cycle>;

/// A bench with a second clock, and a block in each domain.
struct TwoDomains {
  TwoDomains(std::uint64_t core_khz, std::uint64_t other_khz, const RunMode& mode = {})
      : bench(mode, core_khz),
        other_clock(bench.scheduler, "other", other_khz),
        writer("writer", bench.clock, bench),
        reader("reader", other_clock, bench) {}

  SimBench bench;
  Clock other_clock;
  ScriptedWriter<> writer;  ///< in the bench's clock
  ScriptedReader<> reader;  ///< in the other clock
};

/// Reader cycles in which beats pushed in the writer cycles `pushes` are first visible.
Cycles arrivals(std::uint64_t writer_khz, std::uint64_t reader_khz, const Cycles& pushes,
                const RunMode& mode) {
  TwoDomains domains(writer_khz, reader_khz, mode);
  Link<int> link("link", domains.bench.clock, domains.other_clock, pushes.size());
  domains.writer.out(link);
  domains.reader.in(link);
  std::size_t pushed = 0;
  domains.writer.script = [&](Cycle now) {
    if (pushed < pushes.size() && pushes[pushed] == now) {
      domains.writer.out->push(0);
      ++pushed;
    }
    return pushed < pushes.size() ? pushes[pushed] : kOnLink;
  };
  Cycles visible;
  domains.reader.script = [&](Cycle now) {
    if (!domains.reader.in->valid()) return kOnLink;
    domains.reader.in->pop();
    visible.push_back(now);
    if (visible.size() == pushes.size()) domains.bench.scheduler.stop();
    return now + 1;
  };
  domains.bench.run();
  return visible;
}

/// Writer cycles in which the space of beats popped in the reader cycles `pops` is first seen.
Cycles space_returns(std::uint64_t writer_khz, std::uint64_t reader_khz, const Cycles& pops,
                     const RunMode& mode) {
  TwoDomains domains(writer_khz, reader_khz, mode);
  Link<int> link("link", domains.bench.clock, domains.other_clock, pops.size());
  domains.writer.out(link);
  domains.reader.in(link);
  Cycles seen;
  std::size_t filled = 0;
  domains.writer.script = [&](Cycle now) {
    if (filled < pops.size()) {
      domains.writer.out->push(static_cast<int>(filled++));
      return now + 1;
    }
    while (seen.size() < domains.writer.out->room()) seen.push_back(now);
    if (seen.size() == pops.size()) domains.bench.scheduler.stop();
    return now + 1;
  };
  std::size_t popped = 0;
  domains.reader.script = [&](Cycle now) {
    if (popped < pops.size() && pops[popped] == now) {
      domains.reader.in->pop();
      ++popped;
    }
    return popped < pops.size() ? pops[popped] : kOnLink;
  };
  domains.bench.run();
  return seen;
}

}  // namespace

TEST_CASE("a beat crosses to the reader's first edge strictly after the push") {
  // 500 and 1200 MHz on a common tick of 6 GHz: edges every 12 and every 5 ticks.
  //   slow edge    0   1   2   3   4   5   6        fast edge   0   1   2   3   5  12  13
  //   at tick      0  12  24  36  48  60  72        at tick     0   5  10  15  25  60  65
  //   next fast    1   3   5   8  10  13  15        next slow   1   1   1   2   3   6   6
  //   at tick      5  15  25  40  50  65  75        at tick    12  12  12  24  36  72  72
  for (const RunMode& mode : all_run_modes()) {
    CHECK(arrivals(500'000, 1'200'000, {0, 1, 2, 3, 4, 5, 6}, mode) ==
          Cycles{1, 3, 5, 8, 10, 13, 15});
    // One beat is taken a cycle, so beats that become visible together follow each other.
    CHECK(arrivals(1'200'000, 500'000, {0, 3, 5, 12}, mode) == Cycles{1, 2, 3, 6});
    CHECK(arrivals(1'200'000, 500'000, {0, 1, 2}, mode) == Cycles{1, 2, 3});
    CHECK(arrivals(1'200'000, 500'000, {13}, mode) == Cycles{6});
    // 3 and 7 kHz: edges every 7 and every 3 ticks; 7 ticks: edges 2 (6) and 3 (9).
    CHECK(arrivals(3, 7, {0, 1, 2, 3}, mode) == Cycles{1, 3, 5, 8});
    // Equal clocks: as within one domain.
    CHECK(arrivals(77, 77, {0, 1, 5}, mode) == Cycles{1, 2, 6});
  }
}

TEST_CASE("the space of a popped beat crosses to the writer's first edge strictly after the pop") {
  // Writer edges every 12 ticks, reader edges every 5: pops at ticks 30, 60 (coincident with the
  // writer's edge 5), 65 and 70 are seen at ticks 36, 72, 72 and 72.
  for (const RunMode& mode : all_run_modes()) {
    CHECK(space_returns(500'000, 1'200'000, {13, 14}, mode) == Cycles{6, 6});
    CHECK(space_returns(500'000, 1'200'000, {12, 13}, mode) == Cycles{6, 6});
    CHECK(space_returns(500'000, 1'200'000, {18, 19, 24}, mode) == Cycles{8, 8, 11});
    // Writer edges every 5 ticks, reader edges every 12: pops at ticks 24, 48, 60.
    CHECK(space_returns(1'200'000, 500'000, {2, 4, 5}, mode) == Cycles{5, 10, 13});
  }
}

TEST_CASE("the common tick is the least common multiple of the clocks") {
  TwoDomains domains(500'000, 1'200'000);
  domains.writer.stop_run_in(10);
  Link<int> link("link", domains.bench.clock, domains.other_clock);
  domains.writer.out(link);
  domains.reader.in(link);
  domains.bench.run();
  CHECK(domains.bench.clock.period_ticks() == 12);
  CHECK(domains.other_clock.period_ticks() == 5);
  // Edges in [0, tick 120]: 0, 12, .. 120 and 0, 5, .. 120.
  CHECK(domains.bench.num_cycles() == 11);
  CHECK(domains.bench.scheduler.num_cycles(domains.other_clock) == 25);
}

TEST_CASE("the ratio of two clocks is exact over long runs and odd frequencies") {
  // 1,600,000 and 333,333 kHz have no common factor: periods of 333,333 and 1,600,000 ticks. The
  // run ends with edge 10^12 of the slow clock, at tick 1.6 x 10^18; by long division the fast
  // clock has had edges 0 to 4,800,004,800,004 then: 4,800,004,800,004 x 333,333 =
  // 1,599,999,999,999,733,332 and 266,668 ticks are left of the 333,333 to the next edge.
  TwoDomains domains(333'333, 1'600'000);
  domains.writer.stop_run_in(1'000'000'000'000);
  Link<int> link("link", domains.bench.clock, domains.other_clock);
  domains.writer.out(link);
  domains.reader.in(link);
  domains.bench.run();
  CHECK(domains.bench.clock.period_ticks() == 1'600'000);
  CHECK(domains.other_clock.period_ticks() == 333'333);
  CHECK(domains.bench.num_cycles() == 1'000'000'000'001);
  CHECK(domains.bench.scheduler.num_cycles(domains.other_clock) == 4'800'004'800'005);
}

TEST_CASE("clocks without a usable common tick, or without a frequency, are refused") {
  TwoDomains domains(999'999'937, 999'999'893);  // two primes
  Link<int> link("link", domains.bench.clock, domains.other_clock);
  domains.writer.out(link);
  domains.reader.in(link);
  CHECK_THROWS_WITH(domains.bench.run(), Contains("no common tick"));
  CHECK_THROWS_AS(Clock(domains.bench.scheduler, "stopped", 0), ModelError);
}

TEST_CASE("SystemC's time never passes an edge and lags by at most the quantum") {
  // 500 MHz, a block that runs in every cycle: edge n is at n x 2000 ps.
  for (const std::uint64_t quantum : {0U, 1U, 7U, 1U << 14U}) {
    RunMode mode;
    mode.quantum_edges = quantum;
    SimBench bench(mode);
    ScriptedBlock block("block", bench);
    std::uint64_t furthest_behind = 0;
    bool ahead = false;
    block.script = [&](Cycle now) {
      const std::uint64_t time_ps = sc_core::sc_time_stamp().value();
      if (time_ps > now * 2000) {
        ahead = true;
      } else {
        furthest_behind = std::max<std::uint64_t>(furthest_behind, now * 2000 - time_ps);
      }
      if (now == 100'000) bench.scheduler.stop();
      return now + 1;
    };
    bench.run();
    CAPTURE(quantum);
    CHECK_FALSE(ahead);
    CHECK(furthest_behind <= (quantum + 1) * 2000);
  }
}

// Known defect of the kernel: an activation runs an edge and then waits for that edge's time, so
// SystemC's time is one edge behind. Remove the tag when it is mended.
TEST_CASE("with a quantum of 0 SystemC's time is exact at every edge", "[!shouldfail]") {
  RunMode mode;
  mode.quantum_edges = 0;
  TwoDomains domains(500'000, 1'200'000, mode);
  Link<int> link("link", domains.bench.clock, domains.other_clock);
  domains.writer.out(link);
  domains.reader.in(link);
  std::size_t wrong = 0;
  domains.writer.script = [&](Cycle now) {  // edge n at n x 2000 ps
    if (sc_core::sc_time_stamp().value() != now * 2000) ++wrong;
    if (now == 50) domains.bench.scheduler.stop();
    return now + 1;
  };
  domains.reader.script = [&](Cycle now) {  // edge n at n x 833 1/3 ps, rounded down
    if (sc_core::sc_time_stamp().value() != now * 2500 / 3) ++wrong;
    return now + 1;
  };
  domains.bench.run();
  CHECK(wrong == 0);
}

TEST_CASE("blocks are due in the cycle that they ask for, and once in cycle 0") {
  SimBench bench;
  ScriptedBlock sleeper("sleeper", bench);
  ScriptedBlock ticker("ticker", bench);
  Cycles ran;
  sleeper.script = [&](Cycle now) -> Cycle {
    ran.push_back(now);
    return now < 10 ? 10 : (now < 500 ? 500 : kOnLink);
  };
  ticker.script = [&](Cycle now) {
    if (now == 1000) bench.scheduler.stop();
    return now + 1;
  };
  bench.run();
  CHECK(ran == Cycles{0, 10, 500});
  CHECK(bench.num_cycles() == 1001);
}

TEST_CASE("each of many blocks runs in its own cycles, in the order of the run") {
  // More than the 64 of which a clock keeps in a word who is awake.
  constexpr std::size_t kBlocks = 150;
  for (const RunMode& mode : all_run_modes()) {
    SimBench bench(mode);
    std::vector<std::unique_ptr<ScriptedBlock>> blocks;
    std::vector<Cycles> ran(kBlocks);
    std::vector<std::size_t> in_cycle_0;
    for (std::size_t i = 0; i < kBlocks; ++i) {
      blocks.push_back(std::make_unique<ScriptedBlock>(("b" + std::to_string(i)).c_str(), bench));
      blocks.back()->script = [&, i](Cycle now) -> Cycle {
        if (now == 0) in_cycle_0.push_back(i);
        if (now % (i + 1) == 0) ran[i].push_back(now);
        if (now == 300) bench.scheduler.stop();
        return now / (i + 1) * (i + 1) + i + 1;
      };
    }
    bench.run();
    for (std::size_t i = 0; i < kBlocks; ++i) {
      REQUIRE(ran[i].size() == 300 / (i + 1) + 1);
      CHECK(ran[i].back() == 300 / (i + 1) * (i + 1));
    }
    CHECK(in_cycle_0.front() == (mode.reversed ? kBlocks - 1 : 0));
    CHECK(in_cycle_0.size() == kBlocks);
  }
}

TEST_CASE("all blocks of the last cycle run, in all domains that have an edge then") {
  for (const RunMode& mode : all_run_modes()) {
    TwoDomains domains(500'000, 1'000'000, mode);
    Link<int> link("link", domains.bench.clock, domains.other_clock);
    domains.writer.out(link);
    domains.reader.in(link);
    Cycle last_of_other = 0;
    domains.writer.script = [&](Cycle now) {
      if (now == 4) domains.bench.scheduler.stop();
      return now + 1;
    };
    domains.reader.script = [&](Cycle now) {
      last_of_other = now;
      return now + 1;
    };
    domains.bench.run();
    CHECK(last_of_other == 8);
    CHECK(domains.bench.num_cycles() == 5);
    CHECK(domains.bench.scheduler.num_cycles(domains.other_clock) == 9);
  }
}

}  // namespace vitcod::test::clock_test
