// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_sddmm.hpp"

#include <catch2/catch.hpp>

#include "test/support/engine_bench.hpp"

namespace vitcod::test::denser_sddmm_test {

// Unless said otherwise: 8 MACs a line and 8-wide heads, so a row step takes c = 1 cycle; accesses
// of 1 cycle; after the cycle in which the last scores are taken come the pipeline (3) and the
// score unit's latency (2). One line, one column, one row:
//   cycle   0           1         2             3      4 .. 8
//           K, Q asked  multiply  in output     taken  drain
//                                 register
// In all, 9 cycles.

namespace {

constexpr Cycle kDrain = 3 + 2;
using Shares = std::vector<HeadShare>;

EngineParts with_lines(std::uint32_t num_lines) {
  EngineParts parts;
  parts.lines.lines = num_lines;
  return parts;
}

/// `num_rows` rows of heads of `columns` denser columns each, and a key more that no one computes.
std::unique_ptr<TinyLayer> blocks(std::uint32_t num_rows, const std::vector<std::uint32_t>& columns,
                                  std::uint32_t features = 8) {
  std::uint32_t widest = 0;
  for (const std::uint32_t c : columns) widest = std::max(widest, c);
  const std::vector<KeptMap> maps(columns.size(), KeptMap(num_rows, widest + 1, true));
  return std::make_unique<TinyLayer>(maps, columns, features, 8);
}

Cycle sddmm_length(const EngineParts& parts, const TinyLayer& layer, const Shares& shares) {
  const auto tile = layer.tile();
  EngineBench engine(parts);
  const Cycle length = engine.length_of(engine.denser_sddmm(tile, shares));
  CHECK(engine.line_cycles() == parts.lines.lines * length);
  CHECK(engine.cycles.total() == length);
  EngineBench stepped(parts);
  CHECK(stepped.stepped_length_of(stepped.denser_sddmm(tile, shares)) == length);
  return length;
}

}  // namespace

TEST_CASE("denser SDDMM: one column of one row on one line") {
  CHECK(sddmm_length(with_lines(1), *blocks(1, {1}), {{0, 0, 1, 1}}) == 4 + kDrain);
}

TEST_CASE("denser SDDMM: a group starts when it has all K rows, and steps every c cycles") {
  // Two lines, c = 8, 2 rows: K in 0 and 1, rows in 2-9 and 10-17, register in 18, taken in 19.
  CHECK(sddmm_length(with_lines(2), *blocks(2, {2}, 64), {{0, 0, 2, 2}}) == 20 + kDrain);
  // Three lines, c = 1, 1 row: K in 0, 1, 2; row in 3, register in 4, taken in 5.
  CHECK(sddmm_length(with_lines(3), *blocks(1, {3}), {{0, 0, 1, 3}}) == 6 + kDrain);
}

TEST_CASE("denser SDDMM: the K rows of the next pass are fetched while this one is computed") {
  // One line, 2 columns, 3 rows, c = 2: rows in 1, 3, 5 and, without a gap, 7, 9, 11; register in
  // 13, taken in 14.
  CHECK(sddmm_length(with_lines(1), *blocks(3, {2}, 16), {{0, 0, 3, 1}}) == 15 + kDrain);
  // One row, c = 1: K of the second pass is asked for in 1, when the first one starts, and there in
  // 2: rows in 1 and 2, register in 3, taken in 4.
  CHECK(sddmm_length(with_lines(1), *blocks(1, {2}), {{0, 0, 1, 1}}) == 5 + kDrain);
  // Two lines, 4 columns, one row, c = 1: K in 0, 1; row in 2; K of the second pass in 2, 3: row in
  // 4, register in 5, taken in 6. The loading of K binds.
  CHECK(sddmm_length(with_lines(2), *blocks(1, {4}), {{0, 0, 1, 2}}) == 7 + kDrain);
  // The last pass has one column for two lines: K in 0, 1, 2 only; rows in 2 and 3.
  CHECK(sddmm_length(with_lines(2), *blocks(1, {3}), {{0, 0, 1, 2}}) == 6 + kDrain);
}

TEST_CASE("denser SDDMM: with one K register the next pass fetches its K rows when it begins") {
  // One line, 2 columns, 3 rows, c = 2: rows in 1, 3, 5; K of the second pass is asked for in 7 and
  // there in 8: rows in 8, 10, 12; register in 14, taken in 15.
  EngineParts parts = with_lines(1);
  parts.lines.key_registers = 1;
  CHECK(sddmm_length(parts, *blocks(3, {2}, 16), {{0, 0, 3, 1}}) == 16 + kDrain);
}

TEST_CASE("denser SDDMM: a row for a stripe takes a way of each group that its lines lie in") {
  // Two heads of two columns and one row, c = 1: stripes of lines 0-1 and 2-3, K in 0 and 1. Two
  // ways for all lines, or one for each stripe: row in 2, register in 3, taken in 4.
  EngineParts parts = with_lines(4);
  const Shares shares = {{0, 0, 1, 2}, {1, 0, 1, 2}};
  for (const std::uint32_t groups : {1U, 2U}) {
    parts.qv_buffer = {64, 1, 64, 2, 0, groups};
    CHECK(sddmm_length(parts, *blocks(1, {2, 2}), shares) == 5 + kDrain);
  }
  // Stripes of lines 0, 1-2 and 3, Q rows of two cycles. With two groups the middle one needs both
  // ways, which the others have until 2: its row in 4, register in 5, taken in 6. With ways enough,
  // for all lines or one for each, all rows in 2.
  const Shares three = {{0, 0, 1, 1}, {1, 0, 1, 2}, {2, 0, 1, 1}};
  parts.qv_buffer = {64, 1, 4, 2, 0, 2};
  CHECK(sddmm_length(parts, *blocks(1, {1, 2, 1}), three) == 7 + kDrain);
  for (const std::uint32_t groups : {1U, 4U}) {
    parts.qv_buffer = {64, 1, 4, 4, 0, groups};
    CHECK(sddmm_length(parts, *blocks(1, {1, 2, 1}), three) == 5 + kDrain);
  }
}

TEST_CASE("denser SDDMM: K rows wider than a port hold the group up") {
  // Two columns on two lines, K rows of 3 cycles from different banks: asked for in 0 and 1, all
  // there in 4; row in 4, register in 5, taken in 6. From one bank: in 0 and 3, there in 6.
  EngineParts parts = with_lines(2);
  parts.ks_buffer = {2, 1, 3, 64, 0};
  CHECK(sddmm_length(parts, *blocks(1, {2}), {{0, 0, 1, 2}}) == 7 + kDrain);
  parts.ks_buffer = {1, 1, 3, 64, 0};
  CHECK(sddmm_length(parts, *blocks(1, {2}), {{0, 0, 1, 2}}) == 9 + kDrain);
}

TEST_CASE("denser SDDMM: Q rows wider than a port set the pace of the rows") {
  // Q rows of 3 cycles, c = 1, one bank: asked for in 0, there in 3; the next is asked for when a
  // row starts: rows in 3, 6, 9; register in 10, taken in 11.
  EngineParts parts = with_lines(1);
  parts.qv_buffer = {1, 1, 3, 64, 0};
  CHECK(sddmm_length(parts, *blocks(3, {1}), {{0, 0, 3, 1}}) == 12 + kDrain);
}

TEST_CASE("denser SDDMM: groups contend for a bank of the Q/V buffer") {
  // Two heads of one column and one row; unit rows 0 and 1. One bank: the second group has its Q a
  // cycle later.
  EngineParts parts = with_lines(2);
  const Shares shares = {{0, 0, 1, 1}, {1, 0, 1, 1}};
  parts.qv_buffer = {1, 1, 64, 64, 0};
  CHECK(sddmm_length(parts, *blocks(1, {1, 1}), shares) == 5 + kDrain);
  parts.qv_buffer = {2, 1, 64, 64, 0};
  CHECK(sddmm_length(parts, *blocks(1, {1, 1}), shares) == 4 + kDrain);
}

TEST_CASE("denser SDDMM: stripes of one block share its K row and read Q rows of their own") {
  // One column, 4 rows, two stripes of 2: both ask for K in 0, one access; rows 0 and 2, 1 and 3 of
  // Q in different banks. Rows in 1 and 2, register in 3, taken in 4.
  EngineParts parts = with_lines(2);
  parts.ks_buffer = {1, 1, 64, 64, 0};
  parts.qv_buffer = {4, 1, 64, 64, 0};
  const Shares shares = {{0, 0, 2, 1}, {0, 2, 2, 1}};
  CHECK(sddmm_length(parts, *blocks(4, {1}), shares) == 5 + kDrain);
  // Two banks: rows 0 and 2 collide, then 1 and 3 do not, for the second stripe is a cycle late.
  parts.qv_buffer = {2, 1, 64, 64, 0};
  CHECK(sddmm_length(parts, *blocks(4, {1}), shares) == 6 + kDrain);
}

TEST_CASE("denser SDDMM: a score unit of rate 1 takes the scores of a row one by one") {
  // Two lines, 3 rows, c = 1. A row's scores must all have left before the next ones take their
  // place in the output registers.
  //   cycle      2    3        4     5              6    7              8    9
  //   group      r0   r1       holds r1 in reg, r2  .    r2 in reg
  //   registers       2        1     2              1    2              1    0
  //   taken                    r0    r0             r1   r1             r2   r2
  EngineParts parts = with_lines(2);
  parts.score_unit.scores_per_cycle = 1;
  const auto layer = blocks(3, {2});
  CHECK(sddmm_length(parts, *layer, {{0, 0, 3, 2}}) == 10 + kDrain);
  const auto tile = layer->tile();
  EngineBench engine(parts);
  engine.length_of(engine.denser_sddmm(tile, {{0, 0, 3, 2}}));
  CHECK(engine.statistics.wait_scores.value() == 2 * (1 + 1));  // cycles 4 and 6, both lines
  CHECK(engine.statistics.wait_key.value() == 2 * 2);           // cycles 0 and 1
  CHECK(engine.statistics.wait_query.value() == 0);
  parts.score_unit.scores_per_cycle = 2;  // enough: rows in 2, 3, 4, taken in 4, 5, 6
  CHECK(sddmm_length(parts, *layer, {{0, 0, 3, 2}}) == 7 + kDrain);
}

TEST_CASE("denser SDDMM: the oldest group's scores are taken first") {
  // Two groups of two lines, one row, 3 scores a cycle: K in 0 and 1 for both; registers in 3;
  // taken 2 + 1 in 4 and 1 in 5.
  EngineParts parts = with_lines(4);
  parts.score_unit.scores_per_cycle = 3;
  CHECK(sddmm_length(parts, *blocks(1, {2, 2}), {{0, 0, 1, 2}, {1, 0, 1, 2}}) == 6 + kDrain);
  parts.score_unit.scores_per_cycle = 4;
  CHECK(sddmm_length(parts, *blocks(1, {2, 2}), {{0, 0, 1, 2}, {1, 0, 1, 2}}) == 5 + kDrain);
}

TEST_CASE("denser SDDMM: heads take turns on too few lines") {
  // One line, two heads of one column and two rows: rows in 1, 2; the second head's K and Q are
  // asked for in 3: rows in 4, 5; register in 6, taken in 7.
  CHECK(sddmm_length(with_lines(1), *blocks(2, {1, 1}), {{0, 0, 2, 1}, {1, 0, 2, 1}}) ==
        8 + kDrain);
}

TEST_CASE("denser SDDMM: cycles of waits for K and Q, by reason") {
  // K of 3 cycles, Q of 4: asked for in 0, K there in 3, Q in 4; rows in 4 and 8; register in 9,
  // taken in 10.
  EngineParts parts = with_lines(1);
  parts.ks_buffer = {1, 1, 3, 64, 0};
  parts.qv_buffer = {1, 1, 2, 64, 0};  // 8 bytes in 4 accesses
  const auto layer = blocks(2, {1});
  const auto tile = layer->tile();
  for (const bool stepped : {false, true}) {
    EngineBench engine(parts);
    const auto phase = engine.denser_sddmm(tile, {{0, 0, 2, 1}});
    CHECK((stepped ? engine.stepped_length_of(*phase) : engine.length_of(*phase)) == 11 + kDrain);
    CHECK(engine.statistics.wait_key.value() == 3);
    CHECK(engine.statistics.wait_query.value() == 1 + 3);
    CHECK(engine.statistics.busy.value() == 2);
    CHECK(engine.cycles.cycles(EngineActivity::kWaitKey) == 3);
    CHECK(engine.cycles.cycles(EngineActivity::kWaitQuery) == 1 + 3);
    CHECK(engine.cycles.cycles(EngineActivity::kBusy) == 2);
    CHECK(engine.cycles.cycles(EngineActivity::kWaitScores) == 1);  // cycle 9
    CHECK(engine.cycles.cycles(EngineActivity::kDrain) == 1 + kDrain);
  }
}

TEST_CASE("denser SDDMM: every entry of the block is computed, pruned ones too") {
  const TinyLayer layer({{{"x..", "...", ".x."}, 2}}, 8, 8);
  const auto tile = layer.tile();
  EngineBench engine(with_lines(2));
  engine.length_of(engine.denser_sddmm(tile, {{0, 0, 3, 2}}));
  CHECK(engine.statistics.macs.value() == 3 * 2 * 8);
  CHECK(engine.statistics.busy.value() == 3 * 2);
}

}  // namespace vitcod::test::denser_sddmm_test
