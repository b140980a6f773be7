// SPDX-License-Identifier: Apache-2.0
#include "hw_models/sparser_engine/sparser_sddmm.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/engine_bench.hpp"

namespace vitcod::test::sparser_sddmm_test {

// Unless said otherwise: 8 MACs a line and 8-wide heads, so a score takes c = 1 cycle; accesses of
// 1 cycle; after the cycle in which the last score is taken come the pipeline (3) and the score
// unit's latency (2). One line, one entry:
//   cycle   0        1         2         3             4      5 .. 9
//           look-up  K, Q      multiply  in output     taken  drain
//                    asked               register
// In all, 10 cycles.

namespace {

constexpr Cycle kDrain = 3 + 2;

EngineParts with_lines(std::uint32_t num_lines) {
  EngineParts parts;
  parts.lines.lines = num_lines;
  return parts;
}

Cycle length_of_heads(const EngineParts& parts, const std::vector<TinyHead>& heads,
                      std::uint32_t features = 8) {
  const TinyLayer layer(heads, features, 8);
  const auto tile = layer.tile();
  EngineBench engine(parts);
  const Cycle length = engine.length_of(engine.sparser_sddmm(tile));
  CHECK(engine.line_cycles() == parts.lines.lines * length);
  CHECK(engine.cycles.total() == length);

  const auto stepped_tile = layer.tile();
  EngineBench stepped(parts);
  CHECK(stepped.stepped_length_of(stepped.sparser_sddmm(stepped_tile)) == length);
  return length;
}

/// A layer of one head without denser columns.
Cycle sddmm_length(const EngineParts& parts, const Drawing& drawing, std::uint32_t features = 8) {
  return length_of_heads(parts, {{drawing, 0}}, features);
}

}  // namespace

TEST_CASE("sparser SDDMM: one entry on one line") {
  CHECK(sddmm_length(with_lines(1), {"x"}) == 5 + kDrain);
  // A second line has nothing to do.
  CHECK(sddmm_length(with_lines(2), {"x"}) == 5 + kDrain);
}

TEST_CASE("sparser SDDMM: a line takes a score each c cycles while its column lasts") {
  //   cycle   0        1    2    3    4    5    6      7
  //   line             ask  s0   s1   s2   s3   (reg)  taken
  CHECK(sddmm_length(with_lines(1), {"x", "x", "x", "x"}) == 8 + kDrain);
  // c = 2: s0 in cycles 2-3, ... s3 in 8-9, register in 10, taken in 11.
  CHECK(sddmm_length(with_lines(1), {"x", "x", "x", "x"}, 16) == 12 + kDrain);
  // d = 9 takes a second pass through the 8 MACs as well.
  CHECK(sddmm_length(with_lines(1), {"x", "x", "x", "x"}, 9) == 12 + kDrain);
}

TEST_CASE("sparser SDDMM: the next segment is asked for with the last row of the one before") {
  // c = 1: the look-up in the cycle after the start of the last row, then K and Q:
  //   cycle   0   1    2    3    4    5    6      7
  //   line    A   ask  A    B    ask  B    (reg)  taken
  CHECK(sddmm_length(with_lines(1), {"xx"}) == 8 + kDrain);
  // c = 8: all of that is hidden. A in 2-9, B in 10-17, register in 18, taken in 19.
  CHECK(sddmm_length(with_lines(1), {"xx"}, 64) == 20 + kDrain);
  // c = 3: A in 2-4; B looked up in 3, asked for in 4, there in 5: still no gap. B in 5-7.
  CHECK(sddmm_length(with_lines(1), {"xx"}, 24) == 10 + kDrain);
  // c = 2: A in 2-3; B is there in 5, a cycle late. B in 5-6.
  CHECK(sddmm_length(with_lines(1), {"xx"}, 16) == 9 + kDrain);
}

TEST_CASE("sparser SDDMM: two lines work side by side") {
  CHECK(sddmm_length(with_lines(2), {"xx"}) == 5 + kDrain);
  CHECK(sddmm_length(with_lines(2), {"xx", "xx", "xx"}) == 7 + kDrain);
  // Three columns on two lines: as one column and then another one on a line.
  CHECK(sddmm_length(with_lines(2), {"xxx"}) == 8 + kDrain);
}

TEST_CASE("sparser SDDMM: a bank of the K/S buffer gives one K row a cycle") {
  // Line 1 gets its K in cycle 2 instead of 1, and ends a cycle later.
  EngineParts parts = with_lines(2);
  parts.ks_buffer = {1, 1, 64, 64, 0};
  CHECK(sddmm_length(parts, {"xx"}) == 6 + kDrain);
  parts.ks_buffer = {2, 1, 64, 64, 0};  // keys 0 and 1 in different banks
  CHECK(sddmm_length(parts, {"xx"}) == 5 + kDrain);
  CHECK(sddmm_length(parts, {"x.x"}) == 6 + kDrain);  // keys 0 and 2 in one bank
}

TEST_CASE("sparser SDDMM: a bank of the Q/V buffer gives one Q row a cycle") {
  EngineParts parts = with_lines(2);
  parts.qv_buffer = {1, 1, 64, 64, 0};
  CHECK(sddmm_length(parts, {"x.", ".x"}) == 6 + kDrain);  // rows 0 and 1
  CHECK(sddmm_length(parts, {"xx"}) == 5 + kDrain);        // the same row: one access for both
  parts.qv_buffer = {1, 2, 64, 64, 0};                     // two ports
  CHECK(sddmm_length(parts, {"x.", ".x"}) == 5 + kDrain);
}

TEST_CASE("sparser SDDMM: a way serves the lines of its group alone") {
  // Two lines, a column of two entries each, in different rows and banks; c = 1. A way for each:
  // nobody waits, as with two ways for both. One way for both:
  //   cycle    0   1     2          3          4     5    6    7
  //   way          a0    b0         a1         b1
  //   line 0   A         s0 (a1)               s1   reg
  //   line 1   B   (b0)             s0 (b1)         s1   reg  taken
  EngineParts parts = with_lines(2);
  const Drawing drawing = {"x.", "x.", ".x", ".x"};
  parts.qv_buffer = {64, 1, 64, 2, 0, 2};
  CHECK(sddmm_length(parts, drawing) == 6 + kDrain);
  parts.qv_buffer = {64, 1, 64, 2, 0, 1};
  CHECK(sddmm_length(parts, drawing) == 6 + kDrain);
  parts.qv_buffer = {64, 1, 64, 1, 0, 1};
  CHECK(sddmm_length(parts, drawing) == 8 + kDrain);
  // Four lines, two ways. Whose row comes by which way counts: with two groups lines 0 and 1 share
  // the one while the other is idle.
  parts.lines.lines = 4;
  const Drawing two_columns = {"x.", ".x"};
  parts.qv_buffer = {64, 1, 64, 2, 0, 1};
  CHECK(sddmm_length(parts, two_columns) == 5 + kDrain);
  parts.qv_buffer = {64, 1, 64, 2, 0, 2};
  CHECK(sddmm_length(parts, two_columns) == 6 + kDrain);
  // Of the same row they share the way.
  CHECK(sddmm_length(parts, {"xx"}) == 5 + kDrain);
}

TEST_CASE("sparser SDDMM: with one K register the next K row comes after the last product") {
  // c = 8: A in 2-9; B's K asked for in 10, there in 11: B in 11-18, register in 19, taken in 20.
  EngineParts parts = with_lines(1);
  parts.lines.key_registers = 1;
  CHECK(sddmm_length(parts, {"xx"}, 64) == 21 + kDrain);
  // Two rows of A: the second one, which waits in a register, needs A's K. A in 2-9 and 10-17, B's
  // K asked for in 18: B in 19-26, register in 27, taken in 28.
  CHECK(sddmm_length(parts, {"xx", "x."}, 64) == 29 + kDrain);
  // Q rows of 16 cycles: A in 17-24 and 33-40, B's row is asked for in 33 and hides its K: 49-56.
  parts.qv_buffer = {64, 1, 4, 64, 0};
  CHECK(sddmm_length(parts, {"xx", "x."}, 64) == 59 + kDrain);
}

TEST_CASE("sparser SDDMM: lines that are refused a Q row are served in order of age") {
  // Three lines, one bank, rows 0, 1, 2; c = 1, two rows each in a column: 0 3, 1 4, 2 5. No row is
  // shared, six accesses. A line asks for its second row when it starts on the first one.
  //   cycle    1    2    3    4    5    6    7
  //   Q port   a0   b0   c0   a1   b1   c1
  //   line a        s0             s1
  //   line b             s0             s1
  //   line c                  s0             s1       in 8 in the register, taken in 9
  // Line a asks for its second row in cycle 2, when b and c are older: c's first row goes before
  // it.
  EngineParts parts = with_lines(3);
  parts.qv_buffer = {1, 1, 64, 64, 0};
  CHECK(sddmm_length(parts, {"x..", ".x.", "..x", "x..", ".x.", "..x"}) == 10 + kDrain);
}

TEST_CASE("sparser SDDMM: rows wider than a port hold the line up") {
  // Q rows take 4 cycles. K and Q asked for in 1; s0 in 5; the next Q is asked for in 5, there in
  // 9: s1 in 9, s2 in 13, register in 14, taken in 15.
  EngineParts parts = with_lines(1);
  parts.qv_buffer = {64, 8, 2, 64, 0};
  CHECK(sddmm_length(parts, {"x", "x", "x"}) == 16 + kDrain);
}

TEST_CASE("sparser SDDMM: columns of one entry are bound by the loading of K") {
  // K rows take 4 cycles: asked for in 1, s0 in 5; the next segment is looked up in 6, its K asked
  // for in 7 and there in 11: s1 in 11, s2 in 17, register in 18, taken in 19.
  EngineParts parts = with_lines(1);
  parts.ks_buffer = {64, 8, 2, 64, 0};
  CHECK(sddmm_length(parts, {"xxx"}) == 20 + kDrain);
}

TEST_CASE("sparser SDDMM: a look-up a cycle hands out a segment a cycle") {
  // Three lines, look-ups in 0, 1, 2. The last line: asks in 3, multiplies in 4, taken in 6.
  EngineParts parts = with_lines(3);
  parts.index_buffer.reads_per_cycle = 1;
  CHECK(sddmm_length(parts, {"xxx"}) == 7 + kDrain);
}

TEST_CASE("sparser SDDMM: a score unit of rate 1 takes the scores of two lines one by one") {
  EngineParts parts = with_lines(2);
  parts.score_unit.scores_per_cycle = 1;
  // Both in the registers in 3, taken in 4 and 5.
  CHECK(sddmm_length(parts, {"xx"}) == 6 + kDrain);
  // Two scores each: the first ones are in the registers in 3, the second ones done in 4. Line a's
  // register is free in 4, line b's in 5: taken a0 in 4, b0 in 5, a1 in 6, b1 in 7.
  CHECK(sddmm_length(parts, {"xx", "xx"}) == 8 + kDrain);
  // Two a cycle are enough: taken in 4 and 5.
  parts.score_unit.scores_per_cycle = 2;
  CHECK(sddmm_length(parts, {"xx", "xx"}) == 6 + kDrain);
}

TEST_CASE("sparser SDDMM: forwarded rows take the crossing, and its width") {
  // A head with a denser column (key 0): its Q rows are forwarded. Access 1 and crossing 2: asked
  // for in 1, read in 2, there in 5, register in 6, taken in 7.
  EngineParts parts = with_lines(2);
  parts.forwarding = QueryForwardingConfig{2, 2};
  CHECK(length_of_heads(parts, {{{"xxx"}, 1}}) == 8 + kDrain);
  parts.forwarding = QueryForwardingConfig{1, 2};  // both lines share the one row that crosses
  CHECK(length_of_heads(parts, {{{"xxx"}, 1}}) == 8 + kDrain);
  // Rows of their own: the second line's row crosses in 3. With two a cycle it does not wait, nor
  // with one for each line.
  CHECK(length_of_heads(parts, {{{"xx.", "x.x"}, 1}}) == 9 + kDrain);
  parts.forwarding = QueryForwardingConfig{2, 2};
  CHECK(length_of_heads(parts, {{{"xx.", "x.x"}, 1}}) == 8 + kDrain);
  parts.forwarding = QueryForwardingConfig{2, 2, 2};
  CHECK(length_of_heads(parts, {{{"xx.", "x.x"}, 1}}) == 8 + kDrain);
  parts.lines.lines = 4;  // the first two are one group
  CHECK(length_of_heads(parts, {{{"xx.", "x.x"}, 1}}) == 9 + kDrain);
  parts.lines.lines = 2;
  // A head without denser columns has its rows in the sparser engine's own buffer.
  CHECK(length_of_heads(parts, {{{"xxx"}, 0}}) == 8 + kDrain);
  parts.forwarding.reset();
  CHECK(length_of_heads(parts, {{{"xxx"}, 1}}) == 5 + kDrain);
}

TEST_CASE("sparser SDDMM: look-ups of forwarded heads are hits, those of others misses") {
  EngineParts parts = with_lines(2);
  parts.forwarding = QueryForwardingConfig{2, 2};
  const TinyLayer layer({{{"xxx", "x.x"}, 1}, {{"x..", "x.x"}, 0}}, 8, 8);
  const auto tile = layer.tile();
  EngineBench engine(parts);
  engine.length_of(engine.sparser_sddmm(tile));
  engine.forwarding->finish(1000);
  Json json;
  engine.bench.stats.write(json);
  CHECK(json["forwarding"]["hits"] == 3);    // head 0 outside its denser column
  CHECK(json["forwarding"]["misses"] == 3);  // head 1
}

TEST_CASE("sparser SDDMM: segments of one column go to several lines") {
  // Six entries in segments of 3 on two lines: as two columns of 3.
  EngineParts parts = with_lines(2);
  parts.spmm_controller.max_segment_rows = 3;
  CHECK(sddmm_length(parts, {"x", "x", "x", "x", "x", "x"}) == 7 + kDrain);
  parts.spmm_controller.max_segment_rows = 0;  // one line does it all
  CHECK(sddmm_length(parts, {"x", "x", "x", "x", "x", "x"}) == 10 + kDrain);
}

TEST_CASE("sparser SDDMM: cycles of a wait for K, by reason") {
  // One line, K rows of 4 cycles: look-up in 0, K asked for in 1, multiplying in 5, in the register
  // in 6, taken in 7, drained by 12.
  EngineParts parts = with_lines(1);
  parts.ks_buffer = {64, 8, 2, 64, 0};
  const TinyLayer layer({{{"x"}, 0}}, 8, 8);
  const auto tile = layer.tile();
  EngineBench engine(parts);
  CHECK(engine.length_of(engine.sparser_sddmm(tile)) == 13);
  CHECK(engine.cycles.cycles(EngineActivity::kWaitIndex) == 1);   // cycle 0
  CHECK(engine.cycles.cycles(EngineActivity::kWaitKey) == 4);     // cycles 1 to 4
  CHECK(engine.cycles.cycles(EngineActivity::kBusy) == 1);        // cycle 5
  CHECK(engine.cycles.cycles(EngineActivity::kWaitScores) == 1);  // cycle 6
  CHECK(engine.cycles.cycles(EngineActivity::kDrain) == 6);
  CHECK(engine.statistics.wait_index.value() == 1);
  CHECK(engine.statistics.wait_key.value() == 4);
  CHECK(engine.statistics.busy.value() == 1);
  CHECK(engine.statistics.no_work.value() == 7);
}

TEST_CASE("sparser SDDMM: cycles of waits for Q, by reason") {
  // Q rows of 4 cycles: look-up in 0; K and Q asked for in 1, K there in 2 and Q in 5; s0 in 5, s1
  // in 9, s2 in 13.
  EngineParts parts = with_lines(1);
  parts.qv_buffer = {64, 8, 2, 64, 0};
  const TinyLayer layer({{{"x", "x", "x"}, 0}}, 8, 8);
  const auto tile = layer.tile();
  EngineBench engine(parts);
  engine.length_of(engine.sparser_sddmm(tile));
  CHECK(engine.cycles.cycles(EngineActivity::kWaitIndex) == 1);
  CHECK(engine.cycles.cycles(EngineActivity::kWaitKey) == 1);
  CHECK(engine.cycles.cycles(EngineActivity::kWaitQuery) == 3 + 3 + 3);
  CHECK(engine.cycles.cycles(EngineActivity::kBusy) == 3);
  CHECK(engine.statistics.wait_index.value() == 1);
  CHECK(engine.statistics.wait_key.value() == 1);
  CHECK(engine.statistics.wait_query.value() == 9);
}

TEST_CASE("sparser SDDMM: a line that holds a score waits for the score unit") {
  // Rate 1, two lines of two scores (see above): b1 is done in 4 and b's register is free in 5.
  // With three lines of one score each nobody holds one: each has its own register.
  EngineParts parts = with_lines(2);
  parts.score_unit.scores_per_cycle = 1;
  const TinyLayer layer({{{"xx", "xx"}, 0}}, 8, 8);
  const auto tile = layer.tile();
  EngineBench engine(parts);
  engine.length_of(engine.sparser_sddmm(tile));
  CHECK(engine.statistics.wait_scores.value() == 1);
  CHECK(engine.statistics.busy.value() == 4);

  parts.lines.lines = 3;
  const TinyLayer wide({{{"xxx"}, 0}}, 8, 8);
  const auto wide_tile = wide.tile();
  EngineBench wide_engine(parts);
  wide_engine.length_of(wide_engine.sparser_sddmm(wide_tile));
  CHECK(wide_engine.statistics.wait_scores.value() == 0);
}

TEST_CASE("sparser SDDMM: S holds each kept key of a row once, and the MACs are counted") {
  const TinyLayer layer({{{"xx.x", "..x.", "...."}, 1}, {{"x..x", "xxxx", ".x.."}, 0}}, 8, 8);
  const auto tile = layer.tile();
  EngineBench engine(with_lines(2));
  engine.length_of(engine.sparser_sddmm(tile));
  const SparserScores& scores = engine.sparser_scores;
  std::vector<std::vector<std::uint32_t>> keys(6);
  for (std::uint32_t row = 0; row < 6; ++row) {
    CHECK(scores.free[row].entry == scores.row_ptr[row + 1]);
    for (std::uint32_t i = scores.row_ptr[row]; i < scores.free[row].entry; ++i) {
      keys[row].push_back(scores.entry_key[i]);
    }
    std::sort(keys[row].begin(), keys[row].end());
  }
  CHECK(keys ==
        std::vector<std::vector<std::uint32_t>>{{1, 3}, {2}, {}, {0, 3}, {0, 1, 2, 3}, {1}});
  CHECK(engine.statistics.macs.value() == 10 * 8);
  CHECK(engine.statistics.busy.value() == 10);
}

}  // namespace vitcod::test::sparser_sddmm_test
