// SPDX-License-Identifier: Apache-2.0
// However a run is executed, its result is the same bytes: event-driven or stepped, blocks of a
// cycle in either order, with SystemC's time exact at few or at all edges, with or without values.
#include <catch2/catch.hpp>
#include <iostream>

#include "test/system/mode_checks.hpp"
#include "test/system/random_linear_attention.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/random_sanger.hpp"
#include "test/system/random_shift_add.hpp"
#include "test/system/random_tokens.hpp"

namespace vitcod::stepped_test {
namespace {

/// A test over seeds: the run that `run_of` makes of each in all modes. At least `least` of them
/// must be accepted.
void expect_same_over(const char* test, std::uint64_t first, std::uint64_t count, std::size_t least,
                      RunConfig (*run_of)(std::uint64_t seed)) {
  const auto seeds = test::random_seeds(test, first, count);
  std::size_t num_run = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      test::expect_same_in_all_modes(run_of(seed));
      ++num_run;
    } catch (const InputError& error) {
      if (seeds.size() == 1) std::cout << "rejected: " << error.what() << "\n";
    }
  }
  std::cout << test << ": " << num_run << " machine and workload pairs run, "
            << seeds.size() - num_run << " rejected\n";
  if (seeds.size() > 1) CHECK(num_run >= least);
}

}  // namespace

TEST_CASE("a run has the same result in every mode, on random machines and workloads") {
  expect_same_over("modes", 1, 280, 200, [](std::uint64_t seed) {
    test::RandomRun run = test::random_run(seed);
    // The shipped machines' map, which is not drawn.
    if (seed % 3 == 0) run.machine["dram"]["address_map"] = "bank_groups_first";
    return run.config();
  });
}

TEST_CASE("a dense machine has the same result in every mode, on random machines and workloads") {
  expect_same_over("modes of dense machines", 9001, 60, 40, [](std::uint64_t seed) {
    const test::RandomRun run = test::random_run(seed);
    return run.config_with(test::dense_machine_with(run.machine));
  });
}

TEST_CASE("a Sanger machine has the same result in every mode, on random machines and workloads") {
  expect_same_over("modes of Sanger machines", 15001, 90, 50,
                   [](std::uint64_t seed) { return test::random_sanger_run(seed).config(); });
}

TEST_CASE("a run that drops tokens has the same result in every mode, on random machines") {
  expect_same_over("modes of kept tokens", 12001, 120, 60,
                   [](std::uint64_t seed) { return test::random_token_run(seed).config(); });
}

TEST_CASE("linear attention has the same result in every mode, on random machines") {
  expect_same_over("modes of linear attention", 17001, 160, 100, [](std::uint64_t seed) {
    return test::random_linear_attention_run(seed).config();
  });
}

TEST_CASE("a dense machine that drops tokens has the same result in every mode") {
  expect_same_over("modes of kept tokens, dense", 13001, 30, 15, [](std::uint64_t seed) {
    const test::RandomRun run = test::random_token_run(seed);
    return run.config_with(test::dense_machine_with(run.machine));
  });
}

TEST_CASE("a run that shifts and routes has the same result in every mode, on random machines") {
  expect_same_over("modes of shifts and experts", 16001, 120, 60,
                   [](std::uint64_t seed) { return test::random_shift_add_run(seed).config(); });
}

TEST_CASE("a run that merges tokens has the same result in every mode, on random machines") {
  expect_same_over("modes of merged tokens", 17001, 120, 60,
                   [](std::uint64_t seed) { return test::random_merging_run(seed).config(); });
}

TEST_CASE("a dense machine that merges tokens has the same result in every mode") {
  expect_same_over("modes of merged tokens, dense", 18001, 30, 15, [](std::uint64_t seed) {
    const test::RandomRun run = test::random_merging_run(seed);
    return run.config_with(test::dense_machine_with(run.machine));
  });
}

}  // namespace vitcod::stepped_test
