// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/line_splitter.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <ostream>

#include "sim/base/random.hpp"

namespace vitcod::line_splitter_test {
namespace {

constexpr std::uint32_t kNoLimit = 1000;

MacLinesConfig lines(std::uint32_t num_lines) { return {num_lines, 8, 0, 0}; }

/// Heads of 8 features, so that a score takes a cycle and a row of V a line.
UnitWorkload work(std::uint32_t num_rows, const std::vector<std::uint32_t>& denser_columns,
                  std::uint64_t sparse_entries, std::uint64_t sparse_rows = 0,
                  std::uint64_t longest_row = 0) {
  UnitWorkload w;
  w.num_rows = num_rows;
  w.query_features = 8;
  w.value_features = 8;
  for (std::uint32_t h = 0; h < denser_columns.size(); ++h) {
    if (denser_columns[h] > 0) w.denser_heads.push_back({h, denser_columns[h]});
  }
  w.sparse_entries = sparse_entries;
  w.sparse_rows = sparse_rows;
  w.longest_row = longest_row;
  return w;
}

struct Split {
  std::uint32_t denser, sparser;
  std::uint64_t cycles;
  bool operator==(const Split&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Split& split) {
  return out << split.denser << " and " << split.sparser << " lines, " << split.cycles;
}

Split split_of(const LineSplit& split) {
  return {split.denser_lines, split.sparser_lines, split.predicted_cycles};
}

Split dynamic_split(std::uint32_t num_lines, const UnitWorkload& w, Phase phase) {
  return split_of(LineSplitter(lines(num_lines), true, true, kNoLimit).split(w, phase));
}

bool operator==(const HeadShare& a, const HeadShare& b) {
  return a.head == b.head && a.first_row == b.first_row && a.num_rows == b.num_rows &&
         a.lines == b.lines;
}

void check_shares(const LineSplit& split, const std::vector<HeadShare>& expected) {
  REQUIRE(split.shares.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK((split.shares[i] == expected[i]));
  }
}

UnitWorkload random_work(Random& random) {
  const auto below = [&random](std::uint64_t n) {
    return static_cast<std::uint32_t>(random.uniform_below(n));
  };
  std::vector<std::uint32_t> columns(1 + below(4));
  for (std::uint32_t& c : columns) c = below(3) == 0 ? 0 : below(12);
  const std::uint32_t num_rows = 1 + below(40);
  const std::uint64_t rows = below(static_cast<std::uint64_t>(num_rows) * columns.size() + 1);
  const std::uint64_t longest = rows == 0 ? 0 : 1 + below(30);
  const std::uint64_t entries = rows == 0 ? 0 : longest + (rows - 1) + (rows - 1) * below(longest);
  return work(num_rows, columns, entries, rows, longest);
}

}  // namespace

TEST_CASE("lines are divided so that both engines end together") {
  // 2 columns x 10 rows and 20 entries: 20 steps of work each. With 2 and 2 lines both take 10.
  CHECK(dynamic_split(4, work(10, {2}, 20), Phase::kSddmm) == Split{2, 2, 10});
  // 60 entries: 1 line needs 20 steps for the block, 3 lines need 20 for the entries.
  CHECK(dynamic_split(4, work(10, {2}, 60), Phase::kSddmm) == Split{1, 3, 20});
  // 16-wide heads: two cycles a score, the same split.
  UnitWorkload wide = work(10, {2}, 60);
  wide.query_features = 16;
  CHECK(dynamic_split(4, wide, Phase::kSddmm) == Split{1, 3, 40});
}

TEST_CASE("an engine without work gets no lines it does not need") {
  CHECK(dynamic_split(4, work(10, {0}, 20), Phase::kSddmm) == Split{0, 4, 5});
  CHECK(dynamic_split(4, work(10, {2}, 0), Phase::kSddmm) == Split{4, 0, 5});
  // 5 stripes of 2 rows, two passes each: 4 steps on 5 lines.
  CHECK(dynamic_split(5, work(10, {2}, 0), Phase::kSddmm) == Split{5, 0, 4});
  // Of 9 lines the denser engine needs 8 for 3 steps (2 columns x 4 stripes); 2 steps take 10.
  CHECK(dynamic_split(9, work(10, {2}, 0), Phase::kSddmm) == Split{8, 1, 3});
  CHECK(dynamic_split(4, work(10, {0}, 20, 8, 5), Phase::kSpmm) == Split{0, 4, 8});
  // A line computes a column segment alone.
  UnitWorkload long_column = work(10, {0}, 20);
  long_column.longest_segment = 9;
  CHECK(dynamic_split(4, long_column, Phase::kSddmm) == Split{0, 4, 9});
}

TEST_CASE("an engine with any work gets a line, however little it is") {
  // One score of the denser block against 1000 entries, and the other way round.
  CHECK(dynamic_split(2, work(1, {1}, 1000), Phase::kSddmm) == Split{1, 1, 1000});
  CHECK(dynamic_split(64, work(1, {1}, 6300), Phase::kSddmm) == Split{1, 63, 100});
  CHECK(dynamic_split(2, work(100, {10}, 1), Phase::kSddmm) == Split{1, 1, 1000});
}

TEST_CASE("in the SpMM, rows that leave one a cycle bound an engine from below") {
  // 8 rows x 4 columns; 16 entries in 8 rows. 4 lines: 2 blocks x 4 V rows = 8 cycles; 3 lines: 3
  // blocks = 12. The sparser engine's 8 rows need 8 cycles on any number of lines from 2 on.
  CHECK(dynamic_split(8, work(8, {4}, 16, 8, 2), Phase::kSpmm) == Split{4, 4, 8});
  CHECK(dynamic_split(16, work(8, {4}, 16, 8, 2), Phase::kSpmm) == Split{4, 12, 8});
  // A longest row of 20 entries takes 20 cycles; the denser engine ends by then with 2 lines (4
  // blocks x 4 = 16).
  CHECK(dynamic_split(8, work(8, {4}, 27, 8, 20), Phase::kSpmm) == Split{2, 6, 20});
}

TEST_CASE("groups of lines hold the rows of the SpMM") {
  UnitWorkload w = work(8, {4}, 16, 8, 2);
  w.value_features = 16;  // two lines a row
  const LineSplit split = LineSplitter(lines(16), true, true, kNoLimit).split(w, Phase::kSpmm);
  CHECK(split_of(split) == Split{8, 8, 8});
  CHECK(split.denser_groups.num_groups == 4);
  CHECK(split.denser_groups.lines_per_group == 2);
  CHECK(split.sparser_groups.num_groups == 4);
  // At most 2 groups an engine: 4 blocks x 4 V rows = 16 cycles on 4 lines; 16 entries on 2 groups
  // are 8.
  const LineSplit few = LineSplitter(lines(16), true, true, 2).split(w, Phase::kSpmm);
  CHECK(split_of(few) == Split{4, 12, 16});
  CHECK(few.sparser_groups.num_groups == 2);
}

TEST_CASE("without dynamic split each engine has half of the lines, without two engines one all") {
  const UnitWorkload w = work(10, {2}, 600);
  const LineSplit half = LineSplitter(lines(5), true, false, kNoLimit).split(w, Phase::kSddmm);
  CHECK(split_of(half) == Split{2, 3, 200});
  const LineSplit idle =
      LineSplitter(lines(4), true, false, kNoLimit).split(work(10, {0}, 20), Phase::kSddmm);
  CHECK(split_of(idle) == Split{2, 2, 10});
  const LineSplit one =
      LineSplitter(lines(5), false, true, kNoLimit).split(work(10, {}, 600), Phase::kSddmm);
  CHECK(split_of(one) == Split{0, 5, 120});
  CHECK(one.shares.empty());
}

TEST_CASE("a denser block is laid on lines by columns and by stripes of rows") {
  const LineSplitter splitter(lines(8), true, true, kNoLimit);
  // One column, 10 rows, 8 lines: 2 steps on 5 stripes; 5 lines are enough.
  LineSplit split = splitter.split(work(10, {1}, 0), Phase::kSddmm);
  CHECK(split_of(split) == Split{5, 3, 2});
  check_shares(split, {{0, 0, 2, 1}, {0, 2, 2, 1}, {0, 4, 2, 1}, {0, 6, 2, 1}, {0, 8, 2, 1}});
  // 8 columns, 10 rows: a column a line, one stripe, 10 steps.
  split = splitter.split(work(10, {8}, 0), Phase::kSddmm);
  CHECK(split_of(split) == Split{8, 0, 10});
  check_shares(split, {{0, 0, 10, 8}});
  // 16 columns: two passes of 8.
  split = splitter.split(work(10, {16}, 0), Phase::kSddmm);
  CHECK(split_of(split) == Split{8, 0, 20});
  check_shares(split, {{0, 0, 10, 8}});
  // Heads of 6 and 2 columns: 10 steps on 6 + 2 lines.
  split = splitter.split(work(10, {6, 0, 2}, 0), Phase::kSddmm);
  CHECK(split_of(split) == Split{8, 0, 10});
  check_shares(split, {{0, 0, 10, 6}, {2, 0, 10, 2}});
}

TEST_CASE("more heads than lines take turns") {
  const LineSplitter splitter(lines(2), true, true, kNoLimit);
  const LineSplit split = splitter.split(work(10, {1, 1, 1}, 0), Phase::kSddmm);
  check_shares(split, {{0, 0, 10, 1}, {1, 0, 10, 1}, {2, 0, 10, 1}});
}

TEST_CASE("no split of random work leaves work without lines, or does better with fewer") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Random random(seed, "line split");
    const UnitWorkload w = random_work(random);
    const auto num_lines = static_cast<std::uint32_t>(2 + random.uniform_below(40));
    CAPTURE(seed, num_lines);
    for (const Phase phase : {Phase::kSddmm, Phase::kSpmm}) {
      const LineSplit split = LineSplitter(lines(num_lines), true, true, kNoLimit).split(w, phase);
      REQUIRE(split.denser_lines + split.sparser_lines == num_lines);
      REQUIRE((w.denser_heads.empty() || split.denser_lines > 0));
      REQUIRE((w.sparse_entries == 0 || split.sparser_lines > 0));
      const LineSplit more =
          LineSplitter(lines(num_lines + 1), true, true, kNoLimit).split(w, phase);
      REQUIRE(more.predicted_cycles <= split.predicted_cycles);
      const LineSplit half = LineSplitter(lines(num_lines), true, false, kNoLimit).split(w, phase);
      REQUIRE(split.predicted_cycles <= half.predicted_cycles);
    }
  }
}

TEST_CASE("shares of random work cover each block once, within the lines and the prediction") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Random random(seed, "line split");
    const UnitWorkload w = random_work(random);
    const auto num_lines = static_cast<std::uint32_t>(2 + random.uniform_below(40));
    CAPTURE(seed, num_lines);
    const LineSplit split =
        LineSplitter(lines(num_lines), true, true, kNoLimit).split(w, Phase::kSddmm);
    const bool take_turns = w.denser_heads.size() > split.denser_lines;
    std::uint64_t lines_used = 0;
    std::uint64_t slowest = 0;
    for (const auto& head : w.denser_heads) {
      std::uint32_t next_row = 0;
      for (const HeadShare& share : split.shares) {
        if (share.head != head.head) continue;
        REQUIRE(share.first_row == next_row);
        REQUIRE(share.num_rows > 0);
        REQUIRE(share.lines > 0);
        REQUIRE(share.lines <= head.columns);
        next_row += share.num_rows;
        lines_used += share.lines;
        std::uint64_t steps = 0;  // one by one: a pass takes share.lines columns over all rows
        for (std::uint32_t c = 0; c < head.columns; c += share.lines) steps += share.num_rows;
        slowest = std::max(slowest, steps);
      }
      REQUIRE(next_row == w.num_rows);
    }
    if (take_turns) continue;
    REQUIRE(lines_used <= split.denser_lines);
    REQUIRE(slowest <= split.predicted_cycles);
  }
}

TEST_CASE("where rows pass by once, stripes have a line a column and their rows take turns") {
  // 6 rows; heads of 2 columns and 1. 3 lines: 6 steps; 6 lines, two stripes a head: 3 steps.
  UnitWorkload w = work(6, {2, 1}, 0);
  w.single_pass = true;
  const LineSplit split = LineSplitter(lines(8), true, true, kNoLimit).split(w, Phase::kSddmm);
  CHECK(split_of(split) == Split{6, 2, 3});
  check_shares(split, {{0, 0, 3, 2}, {0, 1, 3, 2}, {1, 0, 3, 1}, {1, 1, 3, 1}});
  for (const HeadShare& share : split.shares) CHECK(share.stride == 2);
  // 7 rows in three stripes: 0, 3, 6 and 1, 4 and 2, 5.
  w = work(7, {1}, 0);
  w.single_pass = true;
  check_shares(LineSplitter(lines(3), true, true, kNoLimit).split(w, Phase::kSddmm),
               {{0, 0, 3, 1}, {0, 1, 2, 1}, {0, 2, 2, 1}});
  // With sparse entries the denser engine still has a line for each of 3 columns.
  w = work(6, {2, 1}, 6000);
  w.single_pass = true;
  CHECK(LineSplitter(lines(8), true, true, kNoLimit).split(w, Phase::kSddmm).denser_lines == 3);
}

}  // namespace vitcod::line_splitter_test
