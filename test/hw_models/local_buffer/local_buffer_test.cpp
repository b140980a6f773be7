// SPDX-License-Identifier: Apache-2.0
#include "hw_models/local_buffer/local_buffer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/sim_bench.hpp"

using namespace vitcod;
using namespace vitcod::test;

namespace {

/// One buffer, called by hand.
struct Bench {
  explicit Bench(const LocalBufferConfig& config, std::uint32_t row_bytes)
      : buffer("buffer", bench.clock, config, bench.stats) {
    buffer.set_row_bytes(row_bytes);
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
  Bench b({2, 1, 16}, 16);
  CHECK(b.buffer.request(5, 0) == 6);
  CHECK(b.buffer.request(5, 2) == kRefused);
  CHECK(b.buffer.request(5, 3) == 6);
  CHECK(b.buffer.request(5, 1) == kRefused);
  CHECK(b.buffer.request(6, 2) == 7);
  CHECK(b.buffer.request(6, 4) == kRefused);
}

TEST_CASE("requests for the same row in the same cycle share one access") {
  Bench b({1, 1, 16}, 16);
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
  Bench b({1, 1, 16}, 16);
  b.buffer.request(0, 0);
  b.buffer.request(0, 0);  // shared: no access
  b.buffer.request(1, 1);
  b.buffer.set_row_bytes(33);
  b.buffer.request(2, 0);
  b.buffer.request(3, 1);  // refused: the row before takes three cycles
  CHECK(b.finish(10)["bytes_read"] == 2 * 16 + 33);
}

TEST_CASE("two ports of a bank serve two rows at a time, and both can be shared") {
  Bench b({1, 2, 16}, 16);
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
  Bench b({1, 1, 16}, 33);
  CHECK(b.buffer.access_cycles() == 3);
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
  Bench b({1, 2, 8}, 16);
  CHECK(b.buffer.request(0, 0) == 2);
  CHECK(b.buffer.request(1, 2) == 3);
  CHECK(b.buffer.request(1, 4) == kRefused);
  CHECK(b.buffer.request(2, 4) == 4);
  CHECK(b.buffer.request(2, 6) == kRefused);
  CHECK(b.buffer.request(2, 2) == kRefused);  // row 2 started in cycle 1: not to be shared
  CHECK(b.buffer.request(3, 6) == 5);
}

TEST_CASE("row widths at the edges of the port width") {
  Bench b({1, 1, 16}, 16);
  CHECK(b.buffer.access_cycles() == 1);
  b.buffer.set_row_bytes(17);
  CHECK(b.buffer.access_cycles() == 2);
  b.buffer.set_row_bytes(1);
  CHECK(b.buffer.access_cycles() == 1);
}

TEST_CASE("each cycle counts as idle, busy or conflict") {
  //   cycle      0     1     2          3          4     5     6
  //   asked      row 0       row 2      row 4            row 1
  //                          + row 4
  //   counted    busy  idle  conflict   busy       idle  busy  idle
  Bench b({2, 1, 16}, 16);
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
  Bench b({2, 1, 16}, 48);
  CHECK(b.buffer.request(0, 0) == 3);
  CHECK(b.buffer.request(1, 1) == 4);
  CHECK(b.buffer.request(2, 2) == kRefused);
  CHECK(b.buffer.request(4, 2) == 7);
  CHECK(b.finish(8)["cycles"].dump() == R"({"idle":1,"busy":6,"conflict":1})");
}
