// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/hw_models/controller/controller_bench.hpp"

namespace vitcod::test::controller_phases_test {

// The unit of these tests has 2 query rows and 2 keys of one head, all for the sparser engine. Its
// loads are a packet of index and 2 packets each of K, Q and V. With the answer times of the bench:
//
//   commands go out in cycles 0 to 3; the index is seen in 5, K in 6 and 7, Q in 8 and 9, V in 10
//   and 11; SDDMM 9 + 10 = 19; merge 19 + 3 = 22, the orders after it leave in 23;
//   SpMM 23 + 8 = 31; the two packets of results are stored in 23 + 9 = 32 and 33, and the
//   normaliser is done in 32: the run has the cycles 0 to 33.

namespace {

using Cycles = std::vector<Cycle>;
using Lines = std::vector<std::string>;

AttentionSpec one_unit(std::uint32_t num_denser = 0) {
  return AttentionSpec{1, 2, 2, num_denser, false, {UnitSpec{0, 1, 0, 2}}};
}

/// Units of one head each.
AttentionSpec heads(std::uint32_t num_heads, bool compressed = false) {
  AttentionSpec layer{num_heads, 2, 2, 0, compressed, {}};
  for (std::uint32_t head = 0; head < num_heads; ++head) {
    layer.units.push_back(UnitSpec{head, 1, 0, 2});
  }
  return layer;
}

}  // namespace

TEST_CASE("a unit is loaded, and goes through SDDMM, merge and SpMM") {
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({one_unit()}, {}, {}, mode);
    CHECK(bench.order_lines() == Lines{"0 load index 0", "1 load key 0", "2 load query 0",
                                       "3 load value 0", "9 sddmm sparser 0", "19 merge 0",
                                       "23 spmm sparser 0", "23 normalise 0"});
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 19, wait_space 22, spmm 23, write_back 31, end 34");
    CHECK(bench.layer_cycles() == Cycles{31});
    // K, Q and V of 128 bytes each; 4 scores of 3 bytes and 2 rows of 64; 3 + 3 offsets of 2 bytes
    // and 4 entries of 1.
    CHECK(bench.peaks() == std::array<std::uint64_t, 3>{384, 140, 16});
  }
}

TEST_CASE("a phase ends when the slower engine has answered") {
  AnswerTimes times;
  times.sddmm = {10, 14};  // 9 + 14 = 23
  times.spmm = {12, 8};    // 27 + 12 = 39, after the last store in 37
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({one_unit(1)}, {}, times, mode);
    CHECK(bench.order_lines() == Lines{"0 load index 0", "1 load key 0", "2 load query 0",
                                       "3 load value 0", "9 sddmm denser 0", "9 sddmm sparser 0",
                                       "23 merge 0", "27 spmm denser 0", "27 spmm sparser 0",
                                       "27 normalise 0"});
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 23, wait_space 26, spmm 27, write_back 39, end 40");
  }
}

TEST_CASE("an engine without work in the unit gets no order") {
  const ControllerBench bench({one_unit(2)}, {}, {});
  CHECK(bench.cycles_of("sddmm denser", 0) == Cycles{9});
  CHECK(bench.cycles_of("spmm denser", 0) == Cycles{23});
  CHECK(bench.cycles_of("sddmm sparser", 0).empty());
  CHECK(bench.cycles_of("spmm sparser", 0).empty());
}

TEST_CASE("an SDDMM begins in the cycle in which its last operand is seen") {
  AnswerTimes times;
  times.load = 20;  // index 20, K 21 and 22, Q 23 and 24
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({one_unit()}, {}, times, mode);
    CHECK(bench.cycles_of("sddmm sparser", 0) == Cycles{24});
  }
}

TEST_CASE("an SpMM waits for V") {
  AnswerTimes times;
  times.sddmm = {2, 2};
  times.merge = 2;
  // 8 keys: index 5, K 6 to 13, Q 14 and 15, V 16 to 23. SDDMM 15, merge 17, merged in 19.
  const AttentionSpec layer{1, 2, 8, 0, false, {UnitSpec{0, 1, 0, 2}}};
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({layer}, {}, times, mode);
    CHECK(bench.cycles_of("spmm sparser", 0) == Cycles{23});
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 15, merge 17, wait_values 19, spmm 23, write_back 31, end 34");
  }
}

TEST_CASE("the next unit's SDDMM begins in the cycle after an SpMM's end") {
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({heads(2)}, {}, {}, mode);
    // Unit 1 was loaded meanwhile: commands 4 to 7, its operands are seen in 12 to 16.
    CHECK(bench.order_lines() ==
          Lines{"0 load index 0", "1 load key 0", "2 load query 0", "3 load value 0",
                "4 load index 1", "5 load key 1", "6 load query 1", "7 load value 1",
                "9 sddmm sparser 0", "19 merge 0", "23 spmm sparser 0", "23 normalise 0",
                "32 sddmm sparser 1", "42 merge 1", "46 spmm sparser 1", "46 normalise 1"});
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 19, wait_space 22, spmm 23, wait_space 31, sddmm 32, "
          "merge 42, wait_space 45, spmm 46, write_back 54, end 57");
    CHECK(bench.layer_cycles() == Cycles{54});
  }
}

TEST_CASE("a unit is loaded only so many units ahead of the one that is computed") {
  const auto first_loads = [](std::uint32_t prefetch_units) {
    ChipSpec chip;
    chip.prefetch_units = prefetch_units;
    const ControllerBench bench({heads(3)}, chip, {});
    Cycles cycles;
    for (std::size_t unit = 0; unit < 3; ++unit) {
      cycles.push_back(bench.cycles_of("load index", unit).at(0));
    }
    return cycles;
  };
  // Unit 0's SpMM ends in 31. Without prefetch unit 1's SDDMM begins in 31 + 9 as unit 0's in 9:
  // it ends in 62.
  CHECK(first_loads(0) == Cycles{0, 31, 62});
  CHECK(first_loads(1) == Cycles{0, 4, 31});
  CHECK(first_loads(2) == Cycles{0, 4, 8});
  CHECK(first_loads(64) == Cycles{0, 4, 8});
}

TEST_CASE("cycles without prefetch are waits for operands") {
  ChipSpec chip;
  chip.prefetch_units = 0;
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({heads(2)}, chip, {}, mode);
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 19, wait_space 22, spmm 23, wait_operands 31, "
          "sddmm 40, merge 50, wait_space 53, spmm 54, write_back 62, end 65");
  }
}

TEST_CASE("a load waits for room in its link") {
  AnswerTimes times;
  times.loads_taken_from = 100;  // two fit; the room of the first is seen in 101
  const ControllerBench bench({one_unit()}, {}, times);
  CHECK(bench.cycles_of("load index", 0) == Cycles{0});
  CHECK(bench.cycles_of("load key", 0) == Cycles{1});
  CHECK(bench.cycles_of("load query", 0) == Cycles{101});
  CHECK(bench.cycles_of("load value", 0) == Cycles{102});
}

TEST_CASE("decoder weights come first, once a layer; K and Q are loaded when they are there") {
  const ControllerBench bench({heads(2, true), heads(1, true)}, {}, {});
  CHECK(bench.cycles_of("load weights", 0) == Cycles{0});
  CHECK(bench.cycles_of("load weights", 1).empty());
  CHECK(bench.cycles_of("load index", 1) == Cycles{11});
  CHECK(bench.cycles_of("load weights", 2) == Cycles{15});
  // Four packets of weights are seen in 5 to 8, the index in 9. So K is loaded in 8, Q in 9 and V
  // in 10; K is seen in 13 and 14, Q in 15 and 16.
  CHECK(bench.cycles_of("load key", 0) == Cycles{8});
  CHECK(bench.cycles_of("sddmm sparser", 0) == Cycles{16});
  // Units end 22 cycles after their SDDMM, and the next SDDMM begins a cycle later.
  CHECK(bench.layer_cycles() == Cycles{61, 23});
}

TEST_CASE("the run ends when the last rows are normalised and stored") {
  AnswerTimes times;
  SECTION("stored last") {
    times.store = 60;  // 23 + 60 = 83, and the second packet in 84
    const ControllerBench bench({one_unit()}, {}, times);
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 19, wait_space 22, spmm 23, write_back 31, end 85");
  }
  SECTION("normalised last") {
    times.normalise = 60;  // 23 + 60 = 83
    const ControllerBench bench({one_unit()}, {}, times);
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 19, wait_space 22, spmm 23, write_back 31, end 84");
  }
  SECTION("the normaliser answers in order") {
    times.normalise = 60;
    // Unit 1's merge, ordered in 42, is answered in 84, after unit 0's rows in 83. Its SpMM takes
    // 85 to 93, its rows until 85 + 60 = 145.
    const ControllerBench bench({heads(2)}, {}, times);
    CHECK(bench.cycles_of("spmm sparser", 1) == Cycles{85});
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 19, wait_space 22, spmm 23, wait_space 31, sddmm 32, "
          "merge 42, wait_space 84, spmm 85, write_back 93, end 146");
  }
}

}  // namespace vitcod::test::controller_phases_test
