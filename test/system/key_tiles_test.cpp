// SPDX-License-Identifier: Apache-2.0
// Where K or V of one head does not fit, keys are cut into tiles. Bytes against hand counts; on
// random machines and workloads the same values as with keys that are whole, in all modes.
#include <catch2/catch.hpp>
#include <iostream>

#include "sim/base/config_reader.hpp"
#include "sim/driver/simulation.hpp"
#include "test/system/hand_made.hpp"
#include "test/system/mode_checks.hpp"
#include "test/system/random_machines.hpp"
#include "test/system/result_checks.hpp"
#include "test/system/runs.hpp"

namespace vitcod::key_tiles_test {
namespace {

using test::HandMadeBlock;
using test::HandMadeMachine;

std::uint64_t number(const Json& result, const char* pointer) {
  return result[Json::json_pointer(pointer)].get<std::uint64_t>();
}

/// One head, 32 x 32, 16 features, all kept and none denser. K has 512 bytes.
HandMadeBlock one_sparse_head() { return {32, 32, 16, 16, 0, {{0, 32}}}; }

/// What the run says of the cut: tiles of rows, and tiles of keys by how often Q came.
struct Cut {
  std::uint64_t rows;
  std::uint64_t keys;
};

Cut cut_of(const Json& result) {
  return {number(result, "/blocks/controller/units"),
          1 + number(result, "/traffic/query/reload") / 512};
}

}  // namespace

TEST_CASE("key tiles load K and V for each tile of rows, and Q for each tile of keys") {
  HandMadeMachine machine;
  machine.input_bytes = 512 + 16 - 1;  // a byte less than all keys and a row of Q
  const Json result = simulate(test::hand_made_run(machine, one_sparse_head()), {});
  CHECK(result["values"]["mismatches"] == 0);
  const auto [rows, keys] = cut_of(result);
  REQUIRE(rows >= 2);
  REQUIRE(keys >= 2);
  for (const char* tensor : {"key", "value"}) {
    INFO(tensor);
    CHECK(result["traffic"][tensor]["first_load"] == 512);
    CHECK(result["traffic"][tensor]["reload"] == (rows - 1) * 512);
  }
  CHECK(result["traffic"]["query"]["first_load"] == 512);
  CHECK(result["traffic"]["query"]["reload"] == (keys - 1) * 512);
  CHECK(result["traffic"]["output"]["write_back"] == 512);
  // A key tile's index has a start more than it has columns, and one more than it has rows; those
  // of the rows come again for the SpMM.
  const std::uint64_t row_starts = 2 * (32 * keys + rows * keys);
  CHECK(result["traffic"]["index"]["first_load"] ==
        2 * (32 * rows + rows * keys) + row_starts + 32 * 32);
  CHECK(result["traffic"]["index"]["reload"] == row_starts);
  // 16 accumulators and a sum of 4 bytes each, of 32 rows, between the key tiles.
  const std::uint64_t carried = (keys - 1) * 32 * 68;
  CHECK(result["blocks"]["normaliser"]["carried_bytes_written"] == carried);
  CHECK(result["blocks"]["normaliser"]["carried_bytes_read"] == carried);
  CHECK(result["macs"]["attention"] == 32 * 32 * (16 + 16));
}

TEST_CASE("keys that fit are not cut") {
  HandMadeMachine machine;
  machine.input_bytes = 512 + 16;
  const Json result = simulate(test::hand_made_run(machine, one_sparse_head()), {});
  CHECK(result["traffic"]["query"]["reload"] == 0);
  CHECK(result["blocks"]["normaliser"]["carried_bytes_written"] == 0);
}

TEST_CASE("compressed K comes in blocks of tokens, decoded for each tile of rows") {
  // Two heads compressed to one. K of one head has 512 bytes.
  const HandMadeBlock block{32, 32, 16, 16, 1, {{4, 28}, {0, 32}}};
  HandMadeMachine machine;
  machine.input_bytes = 300;
  const Json result = simulate(test::hand_made_run(machine, block), {});
  CHECK(result["values"]["mismatches"] == 0);
  const std::uint64_t rows = number(result, "/blocks/controller/units");  // of both heads
  CHECK(result["traffic"]["key"]["first_load"] == 512);
  CHECK(result["traffic"]["key"]["reload"] == (rows - 1) * 512);
  CHECK(number(result, "/blocks/normaliser/carried_bytes_written") > 0);
}

TEST_CASE("a machine without a way for carried rows refuses keys that do not fit") {
  HandMadeMachine machine;
  machine.input_bytes = 512 + 16 - 1;
  RunConfig run = test::hand_made_run(machine, one_sparse_head());
  Json document = test::machine_of(run);
  document["normaliser"].erase("carried_bytes_per_cycle");
  test::set_machine(run, document);
  CHECK_THROWS_WITH(
      simulate(run, {}),
      Catch::Contains("one row of one head needs 528 bytes there, 527 are available"));
}

namespace {

/// A random run whose operands have little room, and its scores some more.
test::RandomRun random_narrow_run(std::uint64_t seed) {
  test::RandomRun run = test::random_run(seed);
  Random random(seed, "key tiles");
  Json& machine = run.machine;
  const auto staging = machine["input_buffer"]["staging_bytes"].get<std::uint32_t>();
  const std::uint32_t bank = test::log_uniform(random, 1, 40);
  machine["input_buffer"]["bank_bytes"] = bank;
  machine["input_buffer"]["capacity_bytes"] = staging + test::log_uniform(random, 60, 700);
  machine["output_buffer"]["bank_bytes"] = test::log_uniform(random, 1, 60);
  machine["output_buffer"]["capacity_bytes"] =
      machine["output_buffer"]["capacity_bytes"].get<std::uint32_t>() + 3000;
  machine["normaliser"]["carried_bytes_per_cycle"] = test::log_uniform(random, 1, 200);
  return run;
}

/// The same machine with room for all of Q, K and V.
Json with_room(Json machine) {
  machine["input_buffer"]["capacity_bytes"] = 1U << 20U;
  return machine;
}

}  // namespace

TEST_CASE("random runs that cut keys have the values of whole keys, in every mode") {
  const auto seeds = test::random_seeds("key tiles", 21001, 100);
  std::size_t num_cut = 0;
  for (const std::uint64_t seed : seeds) {
    INFO("VITCOD_RANDOM_SEED=" << seed);
    const test::RandomRun run = random_narrow_run(seed);
    try {
      const Json result = simulate(run.config(), {});
      if (number(result, "/blocks/normaliser/carried_bytes_written") == 0) continue;
      const Json whole = simulate(run.config_with(with_room(run.machine)), {});
      CHECK(whole["blocks"]["normaliser"]["carried_bytes_written"] == 0);
      CHECK(result["values"]["output_sha256"] == whole["values"]["output_sha256"]);
      CHECK(result["macs"]["attention"] == whole["macs"]["attention"]);
      CHECK(test::floor_fault(result, run.machine, run.trace) == "");
      test::expect_same_in_all_modes(run.config());
      ++num_cut;
    } catch (const InputError&) {
      continue;  // something else is too small
    }
  }
  std::cout << "key tiles: " << num_cut << " of " << seeds.size() << " runs cut keys\n";
  if (seeds.size() > 1) CHECK(num_cut >= 20);
}

}  // namespace vitcod::key_tiles_test
