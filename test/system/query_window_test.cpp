// SPDX-License-Identifier: Apache-2.0
// Machines whose denser engine holds a window of Q rows: bytes and rows against hand counts; the
// same values as with all rows, in all modes, on random machines and workloads.
#include <catch2/catch.hpp>
#include <iostream>

#include "sim/base/config_reader.hpp"
#include "sim/base/errors.hpp"
#include "sim/driver/simulation.hpp"
#include "test/system/hand_made.hpp"
#include "test/system/mode_checks.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/runs.hpp"

namespace vitcod::query_window_test {
namespace {

using test::HandMadeBlock;
using test::HandMadeMachine;

std::uint64_t number(const Json& result, const char* pointer) {
  return result[Json::json_pointer(pointer)].get<std::uint64_t>();
}

Json window_of(std::uint32_t rows) {
  return {{"rows", rows}, {"heads", 12}, {"fetches", 4}, {"fetch_bytes", 512}};
}

RunConfig run_of(const HandMadeBlock& block, std::uint32_t rows) {
  RunConfig run = test::hand_made_run(HandMadeMachine{}, block);
  Json document = test::machine_of(run);
  document["query_window"] = window_of(rows);
  test::set_machine(run, document);
  return run;
}

/// Two heads, 32 x 32, 16 features: 3 and 1 denser columns, 4 more entries in each row.
HandMadeBlock two_heads() { return {32, 32, 16, 16, 0, {{3, 4}, {1, 4}}}; }

test::RandomRun random_window_run(std::uint64_t seed) {
  test::RandomRun run = test::random_run(seed);
  Random random(seed, "query window");
  run.machine["controller"]["two_engines"] = run.machine["mac_lines"]["lines"] >= 2;
  run.machine["controller"]["query_forwarding"] = true;
  const Json& memory = run.machine["dram"]["organization"];
  run.machine["dma"]["packet_bytes"] = memory["burst_length"].get<std::uint32_t>() *
                                       memory["bus_width_bits"].get<std::uint32_t>() / 8;
  run.machine["query_window"] = {{"rows", test::log_uniform(random, 4, 24)},
                                 {"heads", test::uniform(random, 2, 12)},
                                 {"fetches", test::log_uniform(random, 1, 16)},
                                 {"fetch_bytes", test::log_uniform(random, 128, 1024)}};
  return run;
}

}  // namespace

TEST_CASE("Q passes by once, and what lines miss is read again row by row") {
  const Json result = simulate(run_of(two_heads(), 8), {});
  CHECK(result["values"]["mismatches"] == 0);
  CHECK(number(result, "/blocks/query_window/rows") == 2 * 32);
  CHECK(number(result, "/blocks/query_window/bytes_written") == 2 * 32 * 16);
  const std::uint64_t hits = number(result, "/blocks/sparser_engine/query_forwarding/hits");
  const std::uint64_t misses = number(result, "/blocks/sparser_engine/query_forwarding/misses");
  CHECK(hits > 0);
  CHECK(misses > 0);
  CHECK(hits + misses == 2 * 32 * 4);  // an entry, a look-up
  CHECK(number(result, "/traffic/query/first_load") == 2 * 32 * 16);
  CHECK(number(result, "/traffic/query/reload") == misses * 16);
}

TEST_CASE("a missed row of the auto-encoder comes as a token of all compressed heads") {
  HandMadeBlock block = two_heads();
  block.compressed_heads = 1;
  const Json result = simulate(run_of(block, 8), {});
  CHECK(result["values"]["mismatches"] == 0);
  const std::uint64_t misses = number(result, "/blocks/sparser_engine/query_forwarding/misses");
  CHECK(misses > 0);
  CHECK(number(result, "/traffic/query/first_load") == 32 * 16);
  CHECK(number(result, "/traffic/query/reload") == misses * 16);
}

TEST_CASE("a window that is no smaller than the unit holds all rows, as a machine without one") {
  const Json whole = simulate(test::hand_made_run(HandMadeMachine{}, two_heads()), {});
  for (const std::uint32_t rows : {32U, 100U}) {
    const Json result = simulate(run_of(two_heads(), rows), {});
    CHECK(result["cycles"] == whole["cycles"]);
    CHECK(number(result, "/blocks/query_window/rows") == 0);
  }
  // 64-byte packets complete 4 rows of 16 bytes, or 5: a window of as many holds all as well.
  CHECK(number(simulate(run_of(two_heads(), 4), {}), "/blocks/query_window/rows") == 0);
  CHECK(number(simulate(run_of(two_heads(), 5), {}), "/blocks/query_window/rows") == 64);
}

TEST_CASE("heads that have no denser column, or more than lines, hold all rows") {
  const HandMadeBlock none{32, 32, 16, 16, 0, {{3, 4}, {0, 4}}};
  const Json result = simulate(run_of(none, 8), {});
  CHECK(result["values"]["mismatches"] == 0);
  const HandMadeBlock many{80, 80, 16, 16, 0, {{64, 4}}};
  CHECK(number(simulate(run_of(many, 8), {}), "/blocks/query_window/rows") == 0);
}

TEST_CASE("a window without forwarding is refused") {
  Json machine = test::machine_document();
  machine["query_window"] = window_of(8);
  machine["controller"]["query_forwarding"] = false;
  CHECK_THROWS_WITH(read_config<MachineConfig>(machine),
                    Catch::Matchers::Contains("rows are looked up in it by forwarding"));
}

TEST_CASE("a window of Q has the same result in every mode, on random machines and workloads") {
  const auto seeds = test::random_seeds("modes of windows", 21001, 200);
  std::size_t num_run = 0;
  std::size_t num_used = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    const test::RandomRun run = random_window_run(seed);
    try {
      test::expect_same_in_all_modes(run.config());
      ++num_run;
      SimulationOptions options;
      options.with_values = false;
      const Json result = simulate(run.config(), options);
      if (number(result, "/blocks/query_window/rows") > 0) ++num_used;
    } catch (const InputError&) {
      continue;
    }
  }
  std::cout << "modes of windows: " << num_run << " run, " << num_used << " with a window in use\n";
  if (seeds.size() > 1) CHECK(num_used >= 20);
}

}  // namespace vitcod::query_window_test
