// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/hw_models/controller/controller_bench.hpp"

namespace vitcod::test::controller_space_test {

// A unit of 2 query rows and 2 keys takes 128 bytes each for K, Q and V of the input pool; of the
// output pool 4 x 3 = 12 for S and 128 for its rows; of the index pool 16. With the answer times
// of the bench the first unit's SDDMM begins in 9, its merge in 19, its SpMM in 23, which ends
// in 31.

namespace {

using Cycles = std::vector<Cycle>;

AttentionSpec two_heads(std::uint32_t num_denser = 0) {
  return AttentionSpec{2, 2, 2, num_denser, false, {UnitSpec{0, 1, 0, 2}, UnitSpec{1, 1, 0, 2}}};
}

ChipSpec with_input(std::uint64_t bytes) {
  ChipSpec chip;
  chip.input_bytes = bytes;
  return chip;
}

ChipSpec with_output(std::uint64_t bytes) {
  ChipSpec chip;
  chip.output_bytes = bytes;
  return chip;
}

/// Cycles of a unit's loads of K, Q and V.
Cycles loads_of(const ControllerBench& bench, std::size_t unit) {
  Cycles cycles;
  for (const char* what : {"load key", "load query", "load value"}) {
    for (const Cycle cycle : bench.cycles_of(what, unit)) cycles.push_back(cycle);
  }
  return cycles;
}

}  // namespace

TEST_CASE("a load waits until its bytes are free, and those behind it wait with it") {
  const auto second_unit = [](std::uint64_t input_bytes) {
    const ControllerBench bench({two_heads()}, with_input(input_bytes), {});
    CHECK(bench.cycles_of("load index", 1) == Cycles{4});
    return loads_of(bench, 1);
  };
  // Unit 0 holds 384. K and Q of it are given back in 19, with the merge, V in 31.
  CHECK(second_unit(384) == Cycles{19, 20, 31});
  CHECK(second_unit(511) == Cycles{19, 20, 31});
  CHECK(second_unit(512) == Cycles{5, 19, 20});
  CHECK(second_unit(639) == Cycles{5, 19, 20});
  CHECK(second_unit(640) == Cycles{5, 6, 19});
  CHECK(second_unit(767) == Cycles{5, 6, 19});
  CHECK(second_unit(768) == Cycles{5, 6, 7});
}

TEST_CASE("the index gives its bytes back after the SpMM") {
  const auto index_load = [](std::uint64_t index_bytes) {
    ChipSpec chip;
    chip.index_bytes = index_bytes;
    const ControllerBench bench({two_heads()}, chip, {});
    return bench.cycles_of("load index", 1);
  };
  CHECK(index_load(16) == Cycles{31});
  CHECK(index_load(31) == Cycles{31});
  CHECK(index_load(32) == Cycles{4});
}

TEST_CASE("K and V stay for the next tile and are given back after the last one") {
  AttentionSpec layer{2, 4, 2, 0, false, {}};
  layer.units = {UnitSpec{0, 1, 0, 2, true, false}, UnitSpec{0, 1, 2, 2, false, true},
                 UnitSpec{1, 1, 0, 2}};
  SECTION("room for one more operand") {
    const ControllerBench bench({layer}, with_input(512), {});
    CHECK(loads_of(bench, 0) == Cycles{1, 2, 3});
    CHECK(loads_of(bench, 1) == Cycles{5});  // Q alone: 512 bytes are taken
    // Unit 0's merge in 19 gives Q back; unit 1's SDDMM begins in 32, and its merge in 42 gives K
    // and Q back.
    CHECK(loads_of(bench, 2) == Cycles{19, 42, 43});
  }
  SECTION("a byte less") {
    const ControllerBench bench({layer}, with_input(511), {});
    CHECK(loads_of(bench, 1) == Cycles{19});
    CHECK(loads_of(bench, 2) == Cycles{42, 43, 54});  // V is free in 32 + 22 = 54
  }
}

TEST_CASE("without forwarding Q is loaded twice, and both places are claimed with the first") {
  const auto second_unit = [](std::uint64_t input_bytes) {
    ChipSpec chip = with_input(input_bytes);
    chip.query_forwarding = false;
    const ControllerBench bench({two_heads(1)}, chip, {});
    CHECK(loads_of(bench, 0) == Cycles{1, 2, 3, 4});
    CHECK(bench.cycles_of("sddmm denser", 0) == Cycles{11});  // the second Q is seen in 10 and 11
    return loads_of(bench, 1);
  };
  // Unit 0 holds 128 + 256 + 128, unit 1's K 128: 640; Q is 256. The merge is in 21.
  CHECK(second_unit(895) == Cycles{6, 21, 22, 23});
  CHECK(second_unit(896) == Cycles{6, 7, 8, 21});
}

TEST_CASE("resident rows are claimed with the layer's first K and given back at its end") {
  AttentionSpec layer{2, 2, 2, 0, true, {}};
  layer.units = {UnitSpec{0, 1, 0, 2, true, true, 2, true, false},
                 UnitSpec{1, 1, 0, 2, true, true, 2, false, true}};
  const AttentionSpec large{1, 1, 8, 0, false, {UnitSpec{0, 1, 0, 1}}};  // 512, 64 and 512 bytes
  // 128 bytes are resident. Unit 0 holds them and 384; its SDDMM begins in 16, as K and Q wait for
  // the weights, and its SpMM ends in 38. Unit 1 holds 384; it ends in 38 + 23 = 61.
  SECTION("the first K waits for its own bytes and the resident ones") {
    const AttentionSpec before{1, 2, 2, 0, false, {UnitSpec{0, 1, 0, 2}}};
    const auto first_key = [&](std::uint64_t bytes) {
      const ControllerBench bench({before, layer}, with_input(bytes), {});
      return bench.cycles_of("load key", 1);
    };
    CHECK(first_key(384 + 255) == Cycles{19});
    // Seven packets of the layer before are seen in 5 to 11, the weights in 12 to 15.
    CHECK(first_key(384 + 256) == Cycles{15});
  }
  SECTION("the last unit gives them back with its V") {
    const ControllerBench bench({layer, large}, with_input(1088), {});
    // In 38 units 0 and 1 leave 1088 - 512; V of 512 needs all but 576 and so both of V and the
    // resident rows in 61.
    CHECK(loads_of(bench, 2) == Cycles{38, 39, 61});
  }
}

TEST_CASE("an SDDMM waits for room for S") {
  AnswerTimes times;
  times.store = 40;  // unit 0's rows are stored in 63 and 64
  // One row of 8 keys: S has 24 bytes. Unit 0's rows hold 128 from 31 on.
  const AttentionSpec first{1, 2, 2, 0, false, {UnitSpec{0, 1, 0, 2}}};
  const AttentionSpec second{1, 1, 8, 0, false, {UnitSpec{0, 1, 0, 1}}};
  const auto check_start = [&](std::uint64_t output_bytes, Cycle start) {
    for (const RunMode& mode : all_run_modes()) {
      const ControllerBench bench({first, second}, with_output(output_bytes), times, mode);
      CHECK(bench.cycles_of("sddmm sparser", 1) == Cycles{start});
      CHECK_THAT(bench.reasons(),
                 Catch::Contains(fmt::format("spmm 23, wait_space 31, sddmm {}", start)));
    }
  };
  check_start(151, 64);
  check_start(152, 32);
}

TEST_CASE("an SpMM waits for room for its rows; rows give theirs back once all are in DRAM") {
  AnswerTimes times;
  times.store = 40;  // unit 0's rows are stored in 63 and 64
  const auto check_start = [&](std::uint64_t output_bytes, Cycle start) {
    for (const RunMode& mode : all_run_modes()) {
      const ControllerBench bench({two_heads()}, with_output(output_bytes), times, mode);
      CHECK(bench.cycles_of("spmm sparser", 1) == Cycles{start});
      CHECK_THAT(bench.reasons(),
                 Catch::Contains(fmt::format("merge 42, wait_space 45, spmm {}", start)));
    }
  };
  // 128 of unit 0's rows, 12 of S, 128 of unit 1's rows: S of unit 0 is free since 31.
  check_start(140, 64);
  check_start(267, 64);
  check_start(268, 46);
}

}  // namespace vitcod::test::controller_space_test
