// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_forwarding/query_forwarding.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/sim_bench.hpp"

using namespace vitcod;
using namespace vitcod::test;

namespace {

/// The denser engine's buffer has `banks` banks of 16-byte accesses; its own port number must not
/// matter.
struct Bench {
  Bench(const QueryForwardingConfig& config, std::uint32_t banks, std::uint32_t row_bytes)
      : forwarding("forwarding", bench.clock, config, LocalBufferConfig{banks, 7, 16, 64, 0},
                   bench.stats) {
    forwarding.begin(row_bytes, banks);
  }
  Json finish(Cycle cycles) {
    forwarding.finish(cycles);
    Json json;
    bench.stats.write(json);
    return json["forwarding"];
  }

  SimBench bench;
  QueryForwarding forwarding;
};

constexpr Cycle kRefused = 0;

}  // namespace

TEST_CASE("a forwarded row comes after the buffer access and the crossing") {
  Bench direct({8, 1, 0}, 16, 16);
  CHECK(direct.forwarding.request(4, 3) == 5);
  CHECK(direct.forwarding.access_cycles() == 1);
  Bench crossing({8, 1, 3}, 16, 16);
  CHECK(crossing.forwarding.request(4, 3) == 8);
  Bench wide({8, 1, 3}, 16, 40);  // 40 bytes: 3 accesses
  CHECK(wide.forwarding.request(4, 3) == 10);
  CHECK(wide.forwarding.access_cycles() == 6);
}

TEST_CASE("no more rows cross in a cycle than the width allows") {
  Bench b({2, 1, 1}, 16, 16);
  CHECK(b.forwarding.request(4, 0) == 6);
  CHECK(b.forwarding.request(4, 1) == 6);
  CHECK(b.forwarding.request(4, 2) == kRefused);
  CHECK(b.forwarding.request(4, 1) == kRefused);  // the access is shared, the crossing is not
  CHECK(b.forwarding.request(5, 2) == 7);
}

TEST_CASE("forwarded rows contend for the forwarding ports of the banks") {
  Bench one_port({8, 1, 1}, 4, 16);
  CHECK(one_port.forwarding.request(4, 0) == 6);
  CHECK(one_port.forwarding.request(4, 4) == kRefused);  // the same bank
  CHECK(one_port.forwarding.request(4, 5) == 6);
  CHECK(one_port.forwarding.request(4, 0) == 6);  // shared
  CHECK(one_port.forwarding.request(5, 4) == 7);
  Bench two_ports({8, 2, 1}, 4, 16);
  CHECK(two_ports.forwarding.request(4, 0) == 6);
  CHECK(two_ports.forwarding.request(4, 4) == 6);
  CHECK(two_ports.forwarding.request(4, 8) == kRefused);
}

TEST_CASE("a request that a bank refuses does not use up the width") {
  Bench b({2, 1, 0}, 2, 16);
  CHECK(b.forwarding.request(0, 0) == 1);
  CHECK(b.forwarding.request(0, 2) == kRefused);
  CHECK(b.forwarding.request(0, 1) == 1);
}

TEST_CASE("cycles of forwarding count as idle, forwarding or width_exceeded") {
  //   cycle     0           1               2     3
  //   crossed   2 of 2      2 of 2          -     1
  //   refused   -           1 by the width  -     -
  Bench b({2, 1, 0}, 16, 16);
  b.forwarding.request(0, 0);
  b.forwarding.request(0, 1);
  b.forwarding.request(1, 0);
  b.forwarding.request(1, 1);
  b.forwarding.request(1, 2);
  b.forwarding.request(1, 3);
  b.forwarding.request(3, 3);
  b.forwarding.note_miss();
  const Json json = b.finish(6);
  CHECK(json["cycles"].dump() == R"({"idle":3,"forwarding":2,"width_exceeded":1})");
  CHECK(json["hits"] == 5);
  CHECK(json["misses"] == 1);
}
