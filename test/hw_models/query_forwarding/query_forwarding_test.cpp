// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_forwarding/query_forwarding.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <vector>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::query_forwarding_test {
namespace {

/// The denser engine's buffer has `banks` banks of 16-byte accesses, and 2 ways.
struct Bench {
  Bench(const QueryForwardingConfig& config, std::uint32_t banks, std::uint32_t row_bytes,
        std::uint32_t ports = 1, std::uint32_t lines = 1)
      : geometry{banks, ports, 16, 2, 0},
        buffer("buffer", bench.clock, geometry, bench.stats),
        forwarding("forwarding", bench.clock, config, geometry, bench.stats, lines) {
    buffer.begin(row_bytes, banks);
  }
  /// Lines 0, 1, ... ask for `rows` in one cycle.
  void post(Cycle now, const std::vector<std::uint32_t>& rows) {
    for (std::uint32_t line = 0; line < rows.size(); ++line) forwarding.post(now, line, rows[line]);
  }
  /// (line, cycle in which the row can be used) of what is known in cycle `now`.
  using Rows = std::vector<std::pair<std::uint32_t, Cycle>>;
  Rows known(Cycle now) {
    Rows rows;
    while (const auto grant = forwarding.take_grant(now)) rows.emplace_back(grant->line, grant->at);
    return rows;
  }
  Json finish(Cycle cycles) {
    forwarding.finish(cycles);
    buffer.finish(cycles);
    Json json;
    bench.stats.write(json);
    return json;
  }

  SimBench bench;
  const LocalBufferConfig geometry;
  LocalBuffer buffer;
  QueryForwarding forwarding;
};

using Rows = Bench::Rows;
constexpr Cycle kRefused = 0;

}  // namespace

TEST_CASE("a row asked for in one cycle leaves its bank in the next, and crosses") {
  Bench direct({8, 0}, 16, 16);
  direct.post(4, {3});
  CHECK_FALSE(direct.forwarding.serve(4, direct.buffer));  // not seen yet
  CHECK(direct.known(5).empty());
  CHECK_FALSE(direct.forwarding.serve(5, direct.buffer));
  CHECK(direct.known(5).empty());  // what was given in a cycle is known in the next one
  CHECK(direct.known(6) == Rows{{0, 6}});
  Bench crossing({8, 3}, 16, 16);
  crossing.post(4, {3});
  crossing.forwarding.serve(5, crossing.buffer);
  CHECK(crossing.known(6) == Rows{{0, 9}});
  Bench wide({8, 3}, 16, 40);  // 40 bytes: 3 accesses
  wide.post(4, {3});
  wide.forwarding.serve(5, wide.buffer);
  CHECK(wide.known(6) == Rows{{0, 11}});
  CHECK(wide.forwarding.latency_cycles(40) == 6);
}

TEST_CASE("no more rows are on their way than the width allows") {
  Bench b({2, 1}, 16, 16);
  b.post(4, {0, 1, 2, 1});
  CHECK(b.forwarding.serve(5, b.buffer));
  CHECK(b.known(6) == Rows{{0, 7}, {1, 7}, {3, 7}});  // line 3 shares the way of line 1's row
  // Row 1 again: the access in 5 is over.
  b.post(5, {1});
  CHECK_FALSE(b.forwarding.serve(6, b.buffer));
  CHECK(b.known(7) == Rows{{2, 8}, {0, 8}});
  // A row of two accesses takes its part of the width for both.
  Bench wide({1, 0}, 16, 32);
  wide.post(4, {0, 1});
  CHECK(wide.forwarding.serve(5, wide.buffer));
  CHECK(wide.forwarding.serve(6, wide.buffer));
  CHECK_FALSE(wide.forwarding.serve(7, wide.buffer));
  CHECK(wide.known(8) == Rows{{0, 7}, {1, 9}});
}

TEST_CASE("a row crosses once for each group of lines that asks for it") {
  // 4 lines in two groups with a way each; lines 0 and 1 are the first group.
  //   cycle      5              6
  //   group 0    row 3 (0, 1)   row 4 (0)
  //   group 1    row 3 (2)      row 5 (3)
  Bench b({2, 0, 2}, 16, 16, 1, 4);
  b.post(4, {3, 3, 3, 5});
  CHECK(b.forwarding.serve(5, b.buffer));
  CHECK(b.known(6) == Rows{{0, 6}, {1, 6}, {2, 6}});
  b.post(5, {4});
  CHECK_FALSE(b.forwarding.serve(6, b.buffer));
  CHECK(b.known(7) == Rows{{3, 7}, {0, 7}});
  const Json json = b.finish(8);
  CHECK(json["forwarding"]["hits"] == 5);
  CHECK(json["forwarding"]["reads"] == 3);
  CHECK(json["forwarding"]["bytes_sent"] == 4 * 16);
  CHECK(json["forwarding"]["cycles"]["width_exceeded"] == 1);
}

TEST_CASE("forwarded rows take the ports of the denser engine's banks before its own rows") {
  Bench b({8, 1}, 4, 16);
  b.post(4, {0, 4, 5, 0});
  CHECK(b.forwarding.serve(5, b.buffer));  // row 4 is in the bank of row 0, which is shared
  CHECK(b.known(6) == Rows{{0, 7}, {2, 7}, {3, 7}});
  CHECK(b.buffer.request(5, 9) == kRefused);  // the bank of row 5
  CHECK(b.buffer.request(5, 2) == 6);
  CHECK(b.buffer.request(5, 5) == 6);         // row 5 leaves on both networks; the second way
  CHECK(b.buffer.request(5, 5) == 6);         // and is shared on it
  CHECK(b.buffer.request(5, 0) == kRefused);  // no way is left
  CHECK_FALSE(b.forwarding.serve(6, b.buffer));
  CHECK(b.known(7) == Rows{{1, 8}});
  Bench two_ports({8, 1}, 4, 16, 2);
  two_ports.post(4, {0, 4, 8});
  CHECK(two_ports.forwarding.serve(5, two_ports.buffer));
  CHECK(two_ports.known(6) == Rows{{0, 7}, {1, 7}});
}

TEST_CASE("a forwarded row shares the access to a row that leaves on a way, not the way") {
  Bench b({8, 0}, 4, 16);
  CHECK(b.buffer.request(5, 3) == 6);
  CHECK(b.buffer.access(5, 3) == LocalBuffer::Access::kShared);
  CHECK(b.buffer.access(5, 7) == LocalBuffer::Access::kRefused);
  CHECK(b.buffer.access(6, 7) == LocalBuffer::Access::kStarted);
}

TEST_CASE("a request that a bank refuses does not use up the width") {
  Bench b({2, 0}, 2, 16);
  b.post(0, {0, 2, 1});
  CHECK(b.forwarding.serve(1, b.buffer));
  CHECK(b.known(2) == Rows{{0, 2}, {2, 2}});
}

TEST_CASE("a request that was not seen in the next cycle ends the run") {
  Bench b({2, 0}, 2, 16);
  b.post(0, {0});
  CHECK_THROWS_AS(b.forwarding.serve(2, b.buffer), ModelError);
  Bench unserved({2, 0}, 2, 16);
  unserved.post(0, {0});
  CHECK_THROWS_AS(unserved.forwarding.finish(5), ModelError);
}

TEST_CASE("cycles of forwarding count as idle, forwarding, conflict or width_exceeded") {
  //   cycle     0     1        2                  3      4               5
  //   given     -     2 of 2   1 of 2             1      2 of 2          1
  //   refused   -     -        1 by the bank      -      1 by the width  -
  Bench b({2, 0}, 16, 16);
  b.post(0, {0, 1});
  b.forwarding.serve(1, b.buffer);
  b.post(1, {2, 18});
  b.forwarding.serve(2, b.buffer);
  b.forwarding.serve(3, b.buffer);
  b.post(3, {3, 4, 5});
  b.forwarding.serve(4, b.buffer);
  b.forwarding.serve(5, b.buffer);
  b.forwarding.note_miss();
  CHECK(b.known(6).size() == 7);
  const Json json = b.finish(8);
  CHECK(json["forwarding"]["cycles"].dump() ==
        R"({"idle":3,"forwarding":3,"conflict":1,"width_exceeded":1})");
  CHECK(json["forwarding"]["hits"] == 7);
  CHECK(json["forwarding"]["misses"] == 1);
  CHECK(json["forwarding"]["reads"] == 7);
  CHECK(json["forwarding"]["bytes_read"] == 7 * 16);
  CHECK(json["forwarding"]["shared_reads"] == 0);
  CHECK(json["forwarding"]["conflicts"] == 1);
  // The banks are busy in 1 to 5; the refusal is one of a bank. The denser engine read nothing.
  CHECK(json["buffer"]["cycles"].dump() == R"({"idle":3,"busy":4,"conflict":1})");
  CHECK(json["buffer"]["reads"] == 0);
  CHECK(json["buffer"]["refused"] == 0);
}

}  // namespace vitcod::test::query_forwarding_test
