// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_spmm.hpp"

#include <catch2/catch.hpp>

#include "test/support/engine_bench.hpp"

namespace vitcod::test::denser_spmm_test {

// Unless said otherwise: V rows of 8 features on lines of 8 MACs, so a line is a group and an entry
// takes e = 1 cycle. A row leaves access (1) + pipeline (3) = 4 cycles after it is sent, and the
// phase ends 4 cycles after the one in which the last row is sent. One row, one column, one line:
//   cycle   0             1             2     3 .. 6
//           V asked for   in output     sent  drain; leaves in 6
//                         register
// In all, 7 cycles.

namespace {

constexpr Cycle kDelay = 1 + 3;
/// Cycles in the tests count from the first V row: the first words of S are asked for in cycle 0
/// and there in cycle 1.
constexpr Cycle kStart = 1;
using Pushes = std::vector<RowRecorder::Push>;

EngineParts with_lines(std::uint32_t num_lines) {
  EngineParts parts;
  parts.lines.lines = num_lines;
  return parts;
}

struct Result {
  Cycle length;
  Pushes rows;
  std::uint64_t busy;
  std::uint64_t wait_value;
  std::uint64_t wait_output;
};

/// Heads of `num_rows` rows and `columns` denser columns each.
Result run_stepped(const EngineParts& parts, std::uint32_t num_rows,
                   const std::vector<std::uint32_t>& columns, std::uint32_t features = 8,
                   Cycle room_from = 0) {
  const std::vector<KeptMap> maps(columns.size(), KeptMap(num_rows, 8, true));
  const TinyLayer layer(maps, columns, 8, features);
  const auto tile = layer.tile();
  EngineBench engine(parts);
  const Cycle length = engine.stepped_length_of(engine.denser_spmm(tile), room_from);
  CHECK(engine.line_cycles() == parts.lines.lines * length);
  CHECK(engine.cycles.total() == length);
  if (room_from == 0) {
    EngineBench ahead(parts);
    CHECK(ahead.length_of(ahead.denser_spmm(tile)) == length);
    CHECK(ahead.rows.pushes == engine.rows.pushes);
    CHECK(ahead.line_cycles() == parts.lines.lines * length);
  }
  return Result{length, engine.rows.pushes, engine.statistics.busy.value(),
                engine.statistics.wait_value.value(), engine.statistics.wait_output.value()};
}

}  // namespace

TEST_CASE("denser SpMM: one row of one column") {
  const Result result = run_stepped(with_lines(1), 1, {1});
  CHECK(result.length == kStart + 3 + kDelay);
  CHECK(result.rows == Pushes{{0, kStart + 2 + kDelay}});
}

TEST_CASE("denser SpMM: V streams past a block of rows while the block before leaves") {
  //   cycle    0   1   2   3          4   5   6          7   8
  //   V        v0  v1  v2  v0         v1  v2
  //   block    rows 0, 1   rows 2, 3
  //   sent                            0   1              2   3
  const Result result = run_stepped(with_lines(2), 4, {3});
  CHECK(result.length == kStart + 9 + kDelay);
  CHECK(result.rows == Pushes{{0, kStart + 4 + kDelay},
                              {1, kStart + 5 + kDelay},
                              {2, kStart + 7 + kDelay},
                              {3, kStart + 8 + kDelay}});
  CHECK(result.busy == 2 * 6);
}

TEST_CASE("denser SpMM: with few columns the rows that leave bind") {
  // 4 groups, 1 column, 8 rows: block 0 in cycle 0, block 1 in cycle 1; rows 0-3 are sent in 2-5;
  // block 1 takes their place in 5 and is sent in 6-9.
  const Result result = run_stepped(with_lines(4), 8, {1});
  CHECK(result.length == kStart + 10 + kDelay);
  CHECK(result.rows.back() == RowRecorder::Push{7, kStart + 9 + kDelay});
  CHECK(result.wait_output == 4 * 3);  // cycles 2, 3, 4 of four lines
}

TEST_CASE("denser SpMM: the last block of a head may be smaller") {
  // 2 groups, 2 columns, 3 rows: V in 0, 1 | 2, 3; block 0 sent in 3, 4; block 1 in its registers
  // in 4, sent in 5.
  const Result result = run_stepped(with_lines(2), 3, {2});
  CHECK(result.length == kStart + 6 + kDelay);
  CHECK(result.rows ==
        Pushes{{0, kStart + 3 + kDelay}, {1, kStart + 4 + kDelay}, {2, kStart + 5 + kDelay}});
  CHECK(result.busy == 2 * 2 + 1 * 2);
}

TEST_CASE("denser SpMM: heads follow each other, those without denser columns are passed over") {
  // 1 line, 1 row: heads of 2, 0 and 3 columns. V in 0, 1 | 2, 3, 4; sent in 3 and 6. Rows of the
  // unit: 0 and 2.
  const Result result = run_stepped(with_lines(1), 1, {2, 0, 3});
  CHECK(result.length == kStart + 7 + kDelay);
  CHECK(result.rows == Pushes{{0, kStart + 3 + kDelay}, {2, kStart + 6 + kDelay}});
}

TEST_CASE("denser SpMM: a row wider than the lines takes several cycles for each entry") {
  // 16 features on one line: V in 0, 2, 4; register in 6, sent in 7.
  CHECK(run_stepped(with_lines(1), 1, {3}, 16).length == kStart + 8 + kDelay);
  // On three lines: one group of two, one line to spare. V in 0, 1, 2; sent in 4.
  const Result result = run_stepped(with_lines(3), 1, {3}, 16);
  CHECK(result.length == kStart + 5 + kDelay);
  CHECK(result.busy == 2 * 3);
}

TEST_CASE("denser SpMM: V rows wider than a port delay the results and block the port") {
  // V rows take 2 cycles of a port, results come 2 + 3 cycles after they are asked for. One bank:
  // V in 0, 2, 4; register in 5, sent in 6.
  EngineParts parts = with_lines(1);
  parts.qv_buffer = {1, 1, 4, 64, 0};
  const Result result = run_stepped(parts, 1, {3});
  CHECK(result.length == kStart + 7 + 5);
  CHECK(result.wait_value == 2);
  // Two banks take turns: V in 0, 1, 2; register in 3, sent in 4.
  parts.qv_buffer = {2, 1, 4, 64, 0};
  CHECK(run_stepped(parts, 1, {3}).length == kStart + 5 + 5);
}

TEST_CASE("denser SpMM: the next block waits while rows of the last one have not left") {
  // 1 line, 2 rows of 2 columns, no room before cycle 6:
  //   cycle   0   1   2   3   4        6                     7
  //   V       v0  v1  v0  v1
  //   row             0 in reg  1 waits  0 sent, 1 in reg    1 sent
  const Result late = run_stepped(with_lines(1), 2, {2}, 8, kStart + 6);
  CHECK(late.length == kStart + 8 + kDelay);
  CHECK(late.rows == Pushes{{0, kStart + 6 + kDelay}, {1, kStart + 7 + kDelay}});
  CHECK(late.wait_output == 2);  // cycles 4 and 5
  const Result just = run_stepped(with_lines(1), 2, {2}, 8, kStart + 4);
  CHECK(just.length == kStart + 6 + kDelay);
  CHECK(just.wait_output == 0);
}

}  // namespace vitcod::test::denser_spmm_test
