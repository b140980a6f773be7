// SPDX-License-Identifier: Apache-2.0
#include "hw_models/sparser_engine/sparser_spmm.hpp"

#include <catch2/catch.hpp>

#include "test/support/engine_bench.hpp"

namespace vitcod::test::sparser_spmm_test {

// Unless said otherwise: V rows of 8 features on lines of 8 MACs, so a line is a group and an entry
// takes one cycle. A finished row leaves access (1) + pipeline (3) = 4 cycles after it is sent; so
// the phase ends 4 cycles after the one in which the last row is sent. One row of one entry:
//   cycle   0             1            2     3 .. 6
//           look-up,      in output    sent  drain; leaves in 6
//           V asked for   register
// In all, 7 cycles.

namespace {

constexpr Cycle kDelay = 1 + 3;
/// Cycles in the tests count from the first V row: a row is looked up in cycle 0, its word of S
/// asked for in 1 and there in 2.
constexpr Cycle kStart = 2;
using Pushes = std::vector<RowRecorder::Push>;

EngineParts with_lines(std::uint32_t num_lines) {
  EngineParts parts;
  parts.lines.lines = num_lines;
  return parts;
}

struct Result {
  Cycle length;
  Pushes rows;
  std::uint64_t wait_value;
  std::uint64_t wait_index;
  std::uint64_t wait_output;
};

/// S as the SDDMM leaves it: the keys of each row, in ascending order here.
SparserScores scores_of(const AttentionTile& tile, const Drawing& drawing) {
  SparserScores scores;
  scores.lay_out(tile, 1, false);
  for (std::uint32_t row = 0; row < drawing.size(); ++row) {
    for (std::uint32_t key = 0; key < drawing[row].size(); ++key) {
      if (drawing[row][key] != 'x') continue;
      scores.entry_key[scores.take_entry(row)] = key;
    }
  }
  return scores;
}

/// One head without denser columns. `room_from`: the cycle from which rows can leave.
Result run_stepped(const EngineParts& parts, const Drawing& drawing, std::uint32_t features,
                   Cycle room_from = 0) {
  const TinyLayer layer({{drawing, 0}}, 8, features);
  const auto tile = layer.tile();
  EngineBench engine(parts);
  engine.sparser_scores = scores_of(*tile, drawing);
  const Cycle length = engine.stepped_length_of(engine.sparser_spmm(tile), room_from);
  CHECK(engine.line_cycles() == parts.lines.lines * length);
  CHECK(engine.cycles.total() == length);
  if (room_from == 0) {
    EngineBench ahead(parts);
    ahead.sparser_scores = scores_of(*tile, drawing);
    CHECK(ahead.length_of(ahead.sparser_spmm(tile)) == length);
    CHECK(ahead.rows.pushes == engine.rows.pushes);
    CHECK(ahead.line_cycles() == parts.lines.lines * length);
  }
  return Result{length, engine.rows.pushes, engine.statistics.wait_value.value(),
                engine.statistics.wait_index.value(), engine.statistics.wait_output.value()};
}

Cycle spmm_length(const EngineParts& parts, const Drawing& drawing, std::uint32_t features = 8) {
  return run_stepped(parts, drawing, features).length;
}

}  // namespace

TEST_CASE("sparser SpMM: one row of one entry") {
  const Result result = run_stepped(with_lines(1), {"x"}, 8);
  CHECK(result.length == kStart + 3 + kDelay);
  CHECK(result.rows == Pushes{{0, kStart + 2 + kDelay}});
  CHECK(spmm_length(with_lines(5), {"x"}) == kStart + 3 + kDelay);
}

TEST_CASE(
    "sparser SpMM: a group takes the next row when the one before is in its output register") {
  //   cycle    0   1   2          3        4   5          6
  //   V        a0  a1  b0         b1       b2
  //   row                a in reg  a sent       b in reg   b sent
  const Result result = run_stepped(with_lines(1), {"x.x", "xxx"}, 8);
  CHECK(result.length == kStart + 7 + kDelay);
  CHECK(result.rows == Pushes{{0, kStart + 3 + kDelay}, {1, kStart + 6 + kDelay}});
}

TEST_CASE("sparser SpMM: rows without entries are passed over") {
  const Result result = run_stepped(with_lines(1), {"...", "x.x", "...", "xxx", "..."}, 8);
  CHECK(result.length == kStart + 7 + kDelay);
  CHECK(result.rows == Pushes{{1, kStart + 3 + kDelay}, {3, kStart + 6 + kDelay}});
}

TEST_CASE("sparser SpMM: two groups contend for a bank of the Q/V buffer") {
  // Rows a (keys 0, 2) and b (keys 1, 3), all in one bank: who was refused before asks first.
  //   cycle    0    1    2    3    4          5          6
  //   V        a0   b1   a2   b3
  //   refused  b1   a2   b3
  //   row                     a in reg  a sent    b sent
  //                                b in reg
  EngineParts parts = with_lines(2);
  parts.qv_buffer = {1, 1, 64, 64, 0};
  const Result result = run_stepped(parts, {"x.x.", ".x.x"}, 8);
  CHECK(result.length == kStart + 6 + kDelay);
  CHECK(result.rows == Pushes{{0, kStart + 4 + kDelay}, {1, kStart + 5 + kDelay}});
  CHECK(result.wait_value == 3);
  // Two banks: no contention; both in their registers in 2, sent in 3 and 4.
  parts.qv_buffer = {2, 1, 64, 64, 0};
  CHECK(spmm_length(parts, {"x.x.", ".x.x"}) == kStart + 5 + kDelay);
  // The same keys: shared accesses.
  parts.qv_buffer = {1, 1, 64, 64, 0};
  CHECK(spmm_length(parts, {"x.x.", "x.x."}) == kStart + 5 + kDelay);
}

TEST_CASE("sparser SpMM: groups of one way take turns, and a row may need several ways") {
  // Rows of 8 features on 2 lines, keys in different banks. One way for both lines is one bank.
  EngineParts parts = with_lines(2);
  parts.qv_buffer = {64, 1, 64, 1, 0, 1};
  CHECK(spmm_length(parts, {"x.x.", ".x.x"}) == kStart + 6 + kDelay);
  parts.qv_buffer = {64, 1, 64, 2, 0, 2};
  CHECK(spmm_length(parts, {"x.x.", ".x.x"}) == kStart + 5 + kDelay);
  // 16 features: one row on both lines, by both ways; with narrower groups it is no slower.
  CHECK(spmm_length(parts, {"xxx"}, 16) == kStart + 5 + kDelay);
}

TEST_CASE("sparser SpMM: a word of S comes by a way of the group of lines that wants it") {
  // Two rows of two entries, a word each. One way: words in 1, 2, 3, 4, the last V row in 5,
  // register in 6, sent in 7. A way for each row: words in 1 and 2, V in 2 and 3, register in 4,
  // sent in 5 and 6.
  EngineParts parts = with_lines(2);
  parts.score_buffer.ways = 1;
  CHECK(spmm_length(parts, {"xx", "xx"}) == kStart + 6 + kDelay);
  parts.score_buffer.ways = 2;
  parts.score_buffer.line_groups = 2;
  CHECK(spmm_length(parts, {"xx", "xx"}) == kStart + 5 + kDelay);
  // Of four lines the first two have one of two ways, the others, which have no row, the other.
  parts.lines.lines = 4;
  CHECK(spmm_length(parts, {"xx", "xx"}) == kStart + 6 + kDelay);
}

TEST_CASE("sparser SpMM: a row wider than the lines takes several cycles for each entry") {
  // 16 features on one line: 2 cycles an entry. V in 0, 2, 4; register in 6, sent in 7.
  CHECK(spmm_length(with_lines(1), {"xxx"}, 16) == kStart + 8 + kDelay);
  // On two lines, one group: 1 cycle an entry. V in 0, 1, 2; register in 3, sent in 4.
  CHECK(spmm_length(with_lines(2), {"xxx"}, 16) == kStart + 5 + kDelay);
  // 20 features on two lines: 3 slices, 2 cycles an entry.
  CHECK(spmm_length(with_lines(2), {"xxx"}, 20) == kStart + 8 + kDelay);
}

TEST_CASE("sparser SpMM: V rows wider than a port delay the results and block the port") {
  // V rows take 2 cycles of a port; results come 2 + 3 cycles after they are asked for. One bank:
  // V in 0, 2, 4; register in 5, sent in 6.
  EngineParts parts = with_lines(1);
  parts.qv_buffer = {1, 1, 4, 64, 0};
  CHECK(spmm_length(parts, {"xxx"}) == kStart + 7 + 5);
  // Two banks take turns: V in 0, 1, 2; register in 3, sent in 4.
  parts.qv_buffer = {2, 1, 4, 64, 0};
  CHECK(spmm_length(parts, {"xxx"}) == kStart + 5 + 5);
}

TEST_CASE("sparser SpMM: a look-up a cycle hands out a row a cycle") {
  // Rows of 3 entries: a from 0, b from 1: registers in 3 and 4, sent in 4 and 5.
  EngineParts parts = with_lines(2);
  parts.index_buffer.reads_per_cycle = 1;
  const Result result = run_stepped(parts, {"xxx", "xxx"}, 8);
  CHECK(result.rows == Pushes{{0, kStart + 4 + kDelay}, {1, kStart + 5 + kDelay}});
  CHECK(result.length == kStart + 6 + kDelay);
  CHECK(result.wait_index == 1 + 2);  // until the rows are known
}

TEST_CASE("sparser SpMM: rows leave one a cycle, in order of completion") {
  // Three groups finish together in 1 (a, b, c of one entry): sent in 2, 3, 4.
  CHECK(run_stepped(with_lines(3), {"x..", ".x.", "..x"}, 8).rows ==
        Pushes{{0, kStart + 2 + kDelay}, {1, kStart + 3 + kDelay}, {2, kStart + 4 + kDelay}});
  // Row 0 has three entries and completes last.
  CHECK(run_stepped(with_lines(3), {"xxx", ".x.", "..x"}, 8).rows ==
        Pushes{{1, kStart + 2 + kDelay}, {2, kStart + 3 + kDelay}, {0, kStart + 4 + kDelay}});
}

TEST_CASE("sparser SpMM: a group waits while its output register is full") {
  // One group, rows of 2, 3 and 1 entries, no room before cycle 7:
  //   cycle   0   1   2         3   4   5        7                8                 9
  //   V       a0  a1  b0        b1  b2           c0
  //   row             a in reg          b waits  a sent, b in reg  b sent, c in reg  c sent
  const Result late = run_stepped(with_lines(1), {"xx.", "xxx", "x.."}, 8, kStart + 7);
  CHECK(late.length == kStart + 10 + kDelay);
  CHECK(late.rows ==
        Pushes{{0, kStart + 7 + kDelay}, {1, kStart + 8 + kDelay}, {2, kStart + 9 + kDelay}});
  CHECK(late.wait_output == 2);  // cycles 5 and 6
  CHECK(late.wait_index == 1);   // until the first row is known
  // Room from 5 on is just in time: a sent in 5, b in its register in 5.
  const Result just = run_stepped(with_lines(1), {"xx.", "xxx", "x.."}, 8, kStart + 5);
  CHECK(just.length == kStart + 8 + kDelay);
  CHECK(just.wait_output == 0);
}

TEST_CASE("sparser SpMM: without known room the machine stops where a row wants to leave") {
  const TinyLayer layer({{{"xx", "x."}, 0}}, 8, 8);
  const auto tile = layer.tile();
  EngineBench engine(with_lines(1));
  engine.sparser_scores.lay_out(*tile, 1, false);
  const auto phase = engine.sparser_spmm(tile);
  engine.rows.has_room = false;
  // Row a is in its register in 2 and wants to leave in 3, which is not the present cycle.
  CHECK(phase->advance(0, kOnLink - 1, 0, engine.cycles) == kStart + 3);
  CHECK_FALSE(phase->done());
  // In the present cycle 3 it is known that there is no room; row b is done in 3.
  CHECK(phase->advance(kStart + 3, kOnLink - 1, kStart + 3, engine.cycles) == kStart + 4);
  engine.rows.has_room = true;
  CHECK(phase->advance(kStart + 4, kOnLink - 1, kStart + 4, engine.cycles) == kStart + 6 + kDelay);
  CHECK(phase->done());
  CHECK(engine.rows.pushes == Pushes{{0, kStart + 4 + kDelay}, {1, kStart + 5 + kDelay}});
}

}  // namespace vitcod::test::sparser_spmm_test
