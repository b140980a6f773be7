// SPDX-License-Identifier: Apache-2.0
#include "test/kernel/random_net.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test::random_net_test {
namespace {

constexpr std::uint64_t kNumNets = 300;

/// The result of a run that may end in a model error or a deadlock.
std::string outcome(const NetPlan& plan, const RunMode& mode, Fault fault) {
  try {
    return run_net(plan, mode, fault);
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// Number of nets on which an event-driven run with the fault differs from a stepped one.
int num_caught(Fault fault) {
  RunMode stepped;
  stepped.stepped = true;
  int caught = 0;
  for (std::uint64_t seed = 0; seed < kNumNets; ++seed) {
    const NetPlan plan = make_random_net(seed);
    if (outcome(plan, RunMode{}, fault) != outcome(plan, stepped, fault)) ++caught;
  }
  return caught;
}

}  // namespace

TEST_CASE("random nets give the same result event-driven, stepped and in reversed order") {
  for (std::uint64_t seed = 0; seed < kNumNets; ++seed) {
    const NetPlan plan = make_random_net(seed);
    const std::string expected = run_net(plan, RunMode{});
    for (const RunMode& mode : all_run_modes()) {
      CAPTURE(seed, mode.stepped, mode.reversed);
      REQUIRE(outcome(plan, mode, Fault::kNone) == expected);
    }
  }
}

TEST_CASE("a block that sleeps a cycle too long is caught by the comparison") {
  CHECK(num_caught(Fault::kWakesLate) > static_cast<int>(kNumNets) / 4);
}

TEST_CASE("a block that sleeps after it has moved a beat is caught by the comparison") {
  CHECK(num_caught(Fault::kSleepsAfterMoving) > static_cast<int>(kNumNets) / 4);
}

TEST_CASE("the quantum of the SystemC process changes no result") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const NetPlan plan = make_random_net(seed);
    const std::string expected = run_net(plan, RunMode{});
    for (const std::uint64_t quantum : {0U, 1U, 3U, 100U}) {
      RunMode mode;
      mode.quantum_edges = quantum;
      CAPTURE(seed, quantum);
      REQUIRE(run_net(plan, mode) == expected);
    }
  }
}

TEST_CASE("a process can run many simulations, also after one that failed") {
  const NetPlan plan = make_random_net(7);
  const std::string expected = run_net(plan, RunMode{});
  for (int i = 0; i < 500; ++i) {
    if (i % 5 == 0) {  // an error in the middle of a run
      SimBench bench;
      ScriptedBlock block("consumer", bench);
      block.script = [](Cycle) -> Cycle { throw ModelError("planted"); };
      REQUIRE_THROWS_AS(bench.run(), ModelError);
    }
    if (i % 7 == 0) {  // a simulation that is built and never run
      SimBench bench;
      const ScriptedBlock block("producer0", bench);
    }
    REQUIRE(run_net(plan, RunMode{}) == expected);
  }
}

}  // namespace vitcod::test::random_net_test
