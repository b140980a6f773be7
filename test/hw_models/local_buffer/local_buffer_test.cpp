// SPDX-License-Identifier: Apache-2.0
#include "hw_models/local_buffer/local_buffer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "hw_models/local_buffer/local_buffer_cost.hpp"
#include "sim/base/random.hpp"
#include "test/support/sim_bench.hpp"

namespace vitcod::test::local_buffer_test {
namespace {

/// One buffer, called by hand.
struct Bench {
  explicit Bench(const LocalBufferConfig& config, std::uint32_t row_bytes, std::uint32_t lines = 1)
      : buffer("buffer", bench.clock, config, bench.stats, lines) {
    buffer.begin(row_bytes, config.banks);
  }

  Json finish(Cycle cycles) {
    buffer.finish(cycles);
    Json json;
    bench.stats.write(json);
    return json["buffer"];
  }

  SimBench bench;
  LocalBuffer buffer;
};

constexpr Cycle kRefused = 0;

}  // namespace

TEST_CASE("a bank with one port starts one row a cycle; another bank is not in its way") {
  // 2 banks, 1 port, rows of one access.     cycle  5      6
  //   bank 0 (rows 0, 2, 4)                        row 0  row 2
  //   bank 1 (rows 1, 3)                           row 3
  Bench b({2, 1, 16, 64, 0}, 16);
  CHECK(b.buffer.request(5, 0) == 6);
  CHECK(b.buffer.request(5, 2) == kRefused);
  CHECK(b.buffer.request(5, 3) == 6);
  CHECK(b.buffer.request(5, 1) == kRefused);
  CHECK(b.buffer.request(6, 2) == 7);
  CHECK(b.buffer.request(6, 4) == kRefused);
}

TEST_CASE("requests for the same row in the same cycle share one access") {
  Bench b({1, 1, 16, 64, 0}, 16);
  CHECK(b.buffer.request(5, 7) == 6);
  CHECK(b.buffer.request(5, 7) == 6);
  CHECK(b.buffer.request(5, 8) == kRefused);
  CHECK(b.buffer.request(5, 7) == 6);  // also after somebody was refused
  CHECK(b.buffer.request(6, 7) == 7);  // the next cycle: an access of its own
  const Json json = b.finish(10);
  CHECK(json["reads"] == 2);
  CHECK(json["shared_reads"] == 2);
  CHECK(json["refused"] == 1);
}

TEST_CASE("accesses count with the bytes that rows had in their phase") {
  Bench b({1, 1, 16, 64, 0}, 16);
  b.buffer.request(0, 0);
  b.buffer.request(0, 0);  // shared: no access
  b.buffer.request(1, 1);
  b.buffer.begin(33, 1);
  b.buffer.request(2, 0);
  b.buffer.request(3, 1);  // refused: the row before takes three cycles
  CHECK(b.finish(10)["bytes_read"] == 2 * 16 + 33);
}

TEST_CASE("a row keeps a way as long as its bank, and who finds none free is refused") {
  // Rows of two parts, four banks, two ways.   cycle  5      6      7
  //   way 0                                           row 0  row 0  row 2
  //   way 1                                           row 1  row 1
  Bench b({4, 1, 16, 2, 0}, 32);
  CHECK(b.buffer.request(5, 0) == 7);
  CHECK(b.buffer.request(5, 1) == 7);
  CHECK(b.buffer.request(5, 1) == 7);  // a broadcast shares the way
  CHECK(b.buffer.request(5, 2) == kRefused);
  CHECK(b.buffer.request(6, 2) == kRefused);
  CHECK(b.buffer.request(7, 2) == 9);
  const Json json = b.finish(10);
  CHECK(json["refused"] == 2);
  CHECK(json["ways_full"] == 2);
  CHECK(json["cycles"]["conflict"] == 2);
}

TEST_CASE("a way serves the lines of its group alone") {
  // 8 lines in two groups with a way each, rows of one access, banks enough.
  //   cycle      5                    6
  //   group 0    row 0 (lines 0, 3)   row 1 (line 1)
  //   group 1    row 2 (line 4)       row 0 (line 7)
  Bench b({8, 1, 16, 2, 0, 2}, 16, 8);
  CHECK(b.buffer.request(5, 0, 0) == 6);
  CHECK(b.buffer.request(5, 1, 1) ==
        kRefused);                        // its group's way is taken, though the other is free
  CHECK(b.buffer.request(5, 0, 3) == 6);  // shares the way
  CHECK(b.buffer.request(5, 2, 4) == 6);
  CHECK(b.buffer.request(5, 0, 7) == kRefused);  // row 0 is on the way of the other group
  CHECK(b.buffer.request(6, 0, 7) == 7);
  CHECK(b.buffer.request(6, 1, 1) == 7);
  const Json json = b.finish(8);
  CHECK(json["reads"] == 4);
  CHECK(json["shared_reads"] == 1);
  CHECK(json["refused"] == 2);
  CHECK(json["ways_full"] == 2);
  CHECK(json["bytes_sent"] == 4 * 16);
}

TEST_CASE("a row for lines of several groups takes one access and a way of each") {
  // 8 lines in four groups of two; group 0 has two of the five ways.
  Bench b({8, 1, 16, 5, 0, 4}, 16, 8);
  CHECK(b.buffer.request(5, 0, 1, 3) == 6);         // lines 1 to 3: groups 0 and 1
  CHECK(b.buffer.request(5, 1, 0) == 6);            // the second way of group 0
  CHECK(b.buffer.request(5, 2, 0) == kRefused);     // there is no third
  CHECK(b.buffer.request(5, 3, 3, 4) == kRefused);  // groups 1 to 3: that of 1 is taken
  CHECK(b.buffer.request(5, 0, 2, 4) == 6);         // row 0 again: group 2 is new, group 1 shared
  CHECK(b.buffer.request(5, 4, 4) == kRefused);
  CHECK(b.buffer.request(5, 4, 7) == 6);
  const Json json = b.finish(8);
  CHECK(json["reads"] == 3);
  CHECK(json["bytes_sent"] == 5 * 16);
}

TEST_CASE("lines are dealt out to groups as evenly as they can be, and ways in turn") {
  const LineGroups even(8, 8, 64);
  CHECK(even.groups == 8);
  CHECK(even.of(7) == 0);
  CHECK(even.of(8) == 1);
  CHECK(even.of(63) == 7);
  const LineGroups odd(3, 5, 10);  // lines 0-3, 4-6, 7-9
  CHECK((odd.of(3) == 0 && odd.of(4) == 1 && odd.of(6) == 1 && odd.of(7) == 2));
  CHECK((odd.lines_of(0) == 4 && odd.lines_of(1) == 3 && odd.lines_of(2) == 3));
  CHECK((odd.ways_of(0) == 2 && odd.ways_of(1) == 2 && odd.ways_of(2) == 1));
  CHECK(LineGroups(8, 2, 64).groups == 2);  // a group without a way would get nothing
  CHECK(LineGroups(8, 8, 3).groups == 3);
  CHECK(Ways(odd).groups_of(2, 3) == 0b011);
  CHECK(Ways(odd).groups_of(0, 10) == 0b111);
}

TEST_CASE("the network's registers delay a row and keep nobody else waiting") {
  Bench b({1, 1, 16, 1, 3}, 32);
  CHECK(b.buffer.latency_cycles() == 5);
  CHECK(b.buffer.request(5, 0) == 10);
  CHECK(b.buffer.request(7, 1) == 12);
}

TEST_CASE("rows that fill fewer banks than there are lie in those") {
  Bench b({4, 1, 16, 64, 0}, 16);
  b.buffer.begin(16, 2);
  CHECK(b.buffer.request(5, 0) == 6);
  CHECK(b.buffer.request(5, 2) == kRefused);  // bank 0 again
  CHECK(b.buffer.request(5, 3) == 6);
  b.buffer.begin(16, 9);  // more memory than banks: deeper ones
  CHECK(b.buffer.request(7, 0) == 8);
  CHECK(b.buffer.request(7, 2) == 8);
  CHECK(b.buffer.request(7, 4) == kRefused);
}

TEST_CASE("two ports of a bank serve two rows at a time, and both can be shared") {
  Bench b({1, 2, 16, 64, 0}, 16);
  CHECK(b.buffer.request(3, 1) == 4);
  CHECK(b.buffer.request(3, 2) == 4);
  CHECK(b.buffer.request(3, 3) == kRefused);
  CHECK(b.buffer.request(3, 2) == 4);
  CHECK(b.buffer.request(3, 1) == 4);
  CHECK(b.buffer.request(4, 3) == 5);
}

TEST_CASE("a row wider than the port takes ceil(row / width) cycles and keeps its port") {
  // Rows of 33 bytes through a port of 16: 3 cycles. A started access is not shared later.
  //   cycle   10   11   12   13
  //   port    [  row 0     ] [ row 1 ..
  Bench b({1, 1, 16, 64, 0}, 33);
  CHECK(b.buffer.latency_cycles() == 3);
  CHECK(b.buffer.request(10, 0) == 13);
  CHECK(b.buffer.request(10, 0) == 13);
  CHECK(b.buffer.request(11, 0) == kRefused);
  CHECK(b.buffer.request(12, 1) == kRefused);
  CHECK(b.buffer.request(13, 1) == 16);
}

TEST_CASE("ports that were taken in different cycles are free in different cycles") {
  // 2 ports, rows of 2 cycles.   cycle   0    1    2    3
  //   port 0                           [ row 0 ][ row 4 ]
  //   port 1                                [ row 2 ][ row 6
  Bench b({1, 2, 8, 64, 0}, 16);
  CHECK(b.buffer.request(0, 0) == 2);
  CHECK(b.buffer.request(1, 2) == 3);
  CHECK(b.buffer.request(1, 4) == kRefused);
  CHECK(b.buffer.request(2, 4) == 4);
  CHECK(b.buffer.request(2, 6) == kRefused);
  CHECK(b.buffer.request(2, 2) == kRefused);  // row 2 started in cycle 1: not to be shared
  CHECK(b.buffer.request(3, 6) == 5);
}

TEST_CASE("row widths at the edges of the port width") {
  Bench b({1, 1, 16, 64, 0}, 16);
  CHECK(b.buffer.latency_cycles() == 1);
  b.buffer.begin(17, 1);
  CHECK(b.buffer.latency_cycles() == 2);
  b.buffer.begin(1, 1);
  CHECK(b.buffer.latency_cycles() == 1);
}

TEST_CASE("each cycle counts as idle, busy or conflict") {
  //   cycle      0     1     2          3          4     5     6
  //   asked      row 0       row 2      row 4            row 1
  //                          + row 4
  //   counted    busy  idle  conflict   busy       idle  busy  idle
  Bench b({2, 1, 16, 64, 0}, 16);
  b.buffer.request(0, 0);
  b.buffer.request(2, 2);
  b.buffer.request(2, 4);
  b.buffer.request(2, 6);  // a second refusal in the cycle does not count again
  b.buffer.request(3, 4);
  b.buffer.request(5, 1);
  const Json json = b.finish(7);
  CHECK(json["cycles"].dump() == R"({"idle":3,"busy":3,"conflict":1})");
  CHECK(json["reads"] == 4);
  CHECK(json["refused"] == 2);
}

TEST_CASE("an access of several cycles is busy in each of them") {
  //   cycle      0     1     2         3     4     5     6     7
  //   bank 0     [ row 0       ]             [ row 2         ]
  //   refused                row 2
  //   bank 1           [ row 1         ]
  //   counted    busy  busy  conflict  busy  busy  busy  busy  idle
  Bench b({2, 1, 16, 64, 0}, 48);
  CHECK(b.buffer.request(0, 0) == 3);
  CHECK(b.buffer.request(1, 1) == 4);
  CHECK(b.buffer.request(2, 2) == kRefused);
  CHECK(b.buffer.request(4, 2) == 7);
  CHECK(b.finish(8)["cycles"].dump() == R"({"idle":1,"busy":6,"conflict":1})");
}

TEST_CASE("the cost of reads is what a buffer with random readers takes") {
  // 32 readers ask for one of 1024 rows each, again and again, oldest first.
  constexpr std::uint32_t kReads = 4000;
  constexpr std::uint32_t kReaders = 32;
  struct Case {
    LocalBufferConfig config;
    std::uint32_t row_bytes;
  };
  for (const Case& c :
       {Case{{16, 1, 64, 8, 0}, 64}, Case{{8, 1, 64, 64, 0}, 64}, Case{{4, 1, 32, 64, 0}, 64},
        Case{{16, 1, 64, 64, 0}, 16}, Case{{1, 1, 16, 64, 0}, 32}, Case{{4, 2, 32, 64, 0}, 32}}) {
    Bench b(c.config, c.row_bytes);
    Random random(1);
    std::vector<std::uint32_t> waiting;
    std::uint32_t reads = 0;
    Cycle now = 1;
    for (; reads < kReads; ++now) {
      while (waiting.size() < kReaders)
        waiting.push_back(static_cast<std::uint32_t>(random.uniform_below(1024)));
      const std::size_t before = waiting.size();
      std::erase_if(waiting, [&](std::uint32_t row) { return b.buffer.request(now, row) != 0; });
      reads += static_cast<std::uint32_t>(before - waiting.size());
    }
    const double cost = cost_of(c.config).cycles(kReads, c.row_bytes, c.config.banks);
    INFO(c.config.banks << " banks, " << c.config.ways << " ways: " << now << ", cost " << cost);
    CHECK(double(now) >= 0.8 * cost);
    CHECK(double(now) <= 1.25 * cost);
  }
}

}  // namespace vitcod::test::local_buffer_test
