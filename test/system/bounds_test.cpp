// SPDX-License-Identifier: Apache-2.0
// Bounds that hold for every run: each account adds up, nothing is faster than the arithmetic
// allows, and as many MACs are done as the trace asks for.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>

#include "sim/driver/simulation.hpp"
#include "test/system/random_linear_attention.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/random_shift_add.hpp"
#include "test/system/random_tokens.hpp"
#include "test/system/result_checks.hpp"
#include "workloads/token_merging.hpp"

namespace vitcod::bounds_test {
namespace {

std::uint64_t scoring_macs(const Trace& trace) {
  std::uint64_t macs = 0;
  for (const Operation& operation : trace.operations) {
    if (const auto* select = std::get_if<ScoreSelect>(&operation.params)) {
      macs += std::uint64_t{select->heads} * select->tokens_in * select->features;
    }
  }
  return macs;
}

/// Four taps a sample of a filter: U and P of the last level on all lines of both directions, U
/// alone before, on what becomes LL.
std::uint64_t lifting_macs(const Trace& trace) {
  std::uint64_t macs = 0;
  for (const Operation& operation : trace.operations) {
    const auto* lift = std::get_if<LiftingStep>(&operation.params);
    if (lift == nullptr) continue;
    for (std::uint64_t level = 1, side = lift->side; level <= lift->level; ++level, side /= 2) {
      const std::uint64_t filters =
          level < lift->level ? side / 2 * side + side / 2 * side / 2 : 2 * side * side;
      macs += 4 * filters * lift->channels * lift->regions;
    }
  }
  return macs;
}

/// Of the line beside the array: z once, and d of each query for each block of columns.
std::uint64_t beside_macs(const test::RandomRun& run) {
  const auto size = [&run](const char* pointer) {
    return run.machine[Json::json_pointer(pointer)].get<std::uint64_t>();
  };
  std::uint64_t macs = 0;
  for (const Operation& operation : run.trace.operations) {
    const auto* attention = std::get_if<LinearAttention>(&operation.params);
    if (attention == nullptr || !attention->normalise) continue;
    const std::uint64_t bytes = run.trace.tensor(operation.outputs[0]).bits / 8;
    const std::uint64_t columns =
        std::min(size("/mac_lines/lines"), size("/output_buffer/staging_bytes") / bytes);
    const std::uint64_t blocks = (attention->features_v + columns - 1) / columns;
    macs += std::uint64_t{attention->heads} * attention->features_k *
            (attention->keys + blocks * attention->queries);
  }
  return macs;
}

/// A length of each token, and a product of each source but the class token with each destination.
std::uint64_t matching_macs(const Trace& trace) {
  std::uint64_t macs = 0;
  for (const Operation& operation : trace.operations) {
    const auto* match = std::get_if<SimilarityMatch>(&operation.params);
    if (match == nullptr) continue;
    for (std::uint32_t source = 0; source < match->tokens; source += 2) {
      for (std::uint32_t d = 1; d < match->tokens && source > 0; d += 2) macs += match->features;
    }
    macs += std::uint64_t{match->tokens} * match->features;
  }
  return macs;
}

/// Each element of a row that is merged with another one.
std::uint64_t merging_macs(const Trace& trace) {
  std::uint64_t macs = 0;
  for (const Operation& operation : trace.operations) {
    const auto* fuse = std::get_if<TokenFuse>(&operation.params);
    if (fuse == nullptr) continue;
    const TokenMembers members = members_of(trace, operation, operation.inputs[1]);
    std::uint64_t rows = 0;
    for (std::size_t i = 0; i < members.ends.size(); ++i) {
      const bool is_alone = members.ends[i] && (i == 0 || members.ends[i - 1]);
      rows += is_alone ? 0 : 1;
    }
    macs += rows * fuse->features;
  }
  return macs;
}

/// Throws InputError if the machine contradicts itself or is too small for the workload.
void expect_bounds(const test::RandomRun& run) {
  SimulationOptions options;
  options.with_values = false;
  const Json result = simulate(run.config(), options);
  CHECK(test::accounts_fault(result) == "");
  CHECK(test::floor_fault(result, run.machine, run.trace) == "");
  const bool two_engines = run.machine["controller"]["two_engines"].get<bool>();
  CHECK(result["macs"]["attention"] == test::required_macs(run.trace, two_engines));
  CHECK(result["workload"]["macs"] == test::required_macs(run.trace, false));
  CHECK(result["macs"]["linear"] == test::linear_macs(run.trace));
  CHECK(result["macs"].value("shift", std::uint64_t{0}) == test::linear_shifts(run.trace));
  CHECK(result["macs"].value("addition", std::uint64_t{0}) == test::code_additions(run.trace));
  CHECK(result["blocks"]["gemm_engine"]["beside_macs"] == beside_macs(run));
  CHECK(result["macs"].value("token_selector", std::uint64_t{0}) == scoring_macs(run.trace));
  CHECK(result["macs"].value("lifting", std::uint64_t{0}) == lifting_macs(run.trace));
  CHECK(result["macs"].value("token_matcher", std::uint64_t{0}) == matching_macs(run.trace));
  CHECK(result["macs"].value("token_merger", std::uint64_t{0}) == merging_macs(run.trace));
  std::uint64_t first_loads = 0;
  std::uint64_t stores = 0;
  for (const auto& [tensor, bytes] : result["traffic"].items()) {
    stores += bytes["write_back"].get<std::uint64_t>();
    // The index is made by the compiler, unit by unit, and is no tensor of the trace.
    if (tensor != "index") first_loads += bytes["first_load"].get<std::uint64_t>();
  }
  std::uint64_t numbers = 0;  // of kept tokens, that the index filter got
  if (result["blocks"].contains("index_filter")) {
    numbers = result["blocks"]["index_filter"]["numbers"].get<std::uint64_t>();
  }
  CHECK(first_loads == test::bytes_to_read(run.trace, two_engines) + 2 * numbers);
  CHECK(stores == test::bytes_to_write(run.trace));
}

/// Of each seed the run that `run_of` makes; at least `least` of them must be accepted.
void expect_bounds_over(const char* test, std::uint64_t first, std::uint64_t count,
                        std::size_t least, test::RandomRun (*run_of)(std::uint64_t seed)) {
  const auto seeds = test::random_seeds(test, first, count);
  std::size_t num_run = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    try {
      expect_bounds(run_of(seed));
      ++num_run;
    } catch (const InputError& error) {
      if (seeds.size() == 1) std::cout << "rejected: " << error.what() << "\n";
    }
  }
  std::cout << test << ": " << num_run << " of " << seeds.size() << " run\n";
  if (seeds.size() > 1) CHECK(num_run >= least);
}

}  // namespace

TEST_CASE("no random machine is faster than its multipliers, ports and memory") {
  expect_bounds_over("bounds", 1001, 800, 600, test::random_run);
}

TEST_CASE("nor is one that drops tokens, whose MACs of scoring and lifting are the trace's") {
  expect_bounds_over("bounds of kept tokens", 14001, 200, 100, test::random_token_run);
}

TEST_CASE("nor is one that shifts and routes, whose shifts are the trace's") {
  expect_bounds_over("bounds of shifts and experts", 17001, 300, 150, test::random_shift_add_run);
}

TEST_CASE("nor is one with linear attention, whose inner matrices come back from memory") {
  expect_bounds_over("bounds of linear attention", 18001, 300, 200,
                     test::random_linear_attention_run);
}

TEST_CASE("nor is one that merges tokens, whose MACs of matching and means are the trace's") {
  expect_bounds_over("bounds of merged tokens", 19001, 200, 100, test::random_merging_run);
}

}  // namespace vitcod::bounds_test
