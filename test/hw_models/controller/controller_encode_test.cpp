// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/hw_models/controller/controller_bench.hpp"

namespace vitcod::test::controller_encode_test {

// Answer times of the bench: a load's first packet is seen 5 cycles after its command; a token's
// result is stored 9 cycles after the token was delivered.

namespace {

using Cycles = std::vector<Cycle>;
using Lines = std::vector<std::string>;

/// 384 bytes of operands, 12 of S, 128 of rows; 31 cycles until its SpMM's end, alone.
AttentionSpec attention() { return AttentionSpec{1, 2, 2, 0, false, {UnitSpec{0, 1, 0, 2}}}; }

ChipSpec with_output(std::uint64_t bytes) {
  ChipSpec chip;
  chip.output_bytes = bytes;
  return chip;
}

}  // namespace

TEST_CASE("an encoding loads its weights, then tokens; what follows waits until it is in DRAM") {
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({EncodeSpec{{3, 2}}, attention()}, {}, {}, mode);
    // Weights are seen in 5 and 6, tokens in 11 to 13: the tile ends. Its results are stored in 20
    // to 22, and the next tile's tokens asked for in 23: seen in 28 and 29, stored in 37 and 38.
    // From 39 on attention as if it were alone.
    CHECK(bench.order_lines() == Lines{"0 load weights 0", "6 load uncompressed 0",
                                       "23 load uncompressed 1", "39 load index 2", "40 load key 2",
                                       "41 load query 2", "42 load value 2", "48 sddmm sparser 2",
                                       "58 merge 2", "62 spmm sparser 2", "62 normalise 2"});
    CHECK(bench.reasons() ==
          "encode 0, wait_operands 13, encode 23, wait_operands 29, sddmm 48, merge 58, "
          "wait_space 61, spmm 62, write_back 70, end 73");
    CHECK(bench.layer_cycles() == Cycles{29, 41});
  }
}

TEST_CASE("an encoding is loaded while attention before it computes, and ends after it") {
  for (const RunMode& mode : all_run_modes()) {
    const ControllerBench bench({attention(), EncodeSpec{{3}}}, {}, {}, mode);
    // V is seen until 11, the weights in 12 and 13, tokens in 18 to 20. The encoding's turn comes
    // in 32. Units retire one a cycle, attention in 33, when its last row is stored.
    CHECK(bench.cycles_of("load weights", 1) == Cycles{4});
    CHECK(bench.cycles_of("load uncompressed", 1) == Cycles{13});
    CHECK(bench.reasons() ==
          "wait_operands 0, sddmm 9, merge 19, wait_space 22, spmm 23, encode 31, write_back 32, "
          "end 35");
    CHECK(bench.layer_cycles() == Cycles{31, 1});
  }
}

TEST_CASE("tokens of an encoding wait for room for their results") {
  const auto tokens = [](std::uint64_t output_bytes) {
    const ControllerBench bench({attention(), EncodeSpec{{5}}}, with_output(output_bytes), {});
    return bench.cycles_of("load uncompressed", 1);
  };
  // 5 results of 32 bytes beside 12 of S. Attention's rows are stored in 32 and 33.
  CHECK(tokens(171) == Cycles{33});
  CHECK(tokens(172) == Cycles{13});
}

TEST_CASE("results of an encoding give their bytes back once all are in DRAM") {
  const auto spmm = [](std::uint64_t output_bytes) {
    const ControllerBench bench({attention(), EncodeSpec{{3}}}, with_output(output_bytes), {});
    return bench.cycles_of("spmm sparser", 0);
  };
  // 12 of S, 96 of results, 128 of rows. Tokens are delivered in 18 to 20, stored in 27 to 29.
  CHECK(spmm(236) == Cycles{23});
  CHECK(spmm(235) == Cycles{29});
  CHECK(spmm(171) == Cycles{29});
}

}  // namespace vitcod::test::controller_encode_test
