// SPDX-License-Identifier: Apache-2.0
#include "hw_models/index_buffer/index_buffer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "test/support/sim_bench.hpp"

namespace vitcod::test::index_buffer_test {

TEST_CASE("the index buffer serves reads_per_cycle look-ups in each cycle") {
  SimBench bench;
  IndexBuffer buffer("buffer", bench.clock, IndexBufferConfig{1, 2}, bench.stats);
  CHECK(buffer.request(0));
  CHECK(buffer.request(0));
  CHECK_FALSE(buffer.request(0));
  CHECK(buffer.request(1));  // a look-up not used in a cycle is lost: still 2 in the next one
  CHECK(buffer.request(9));
  CHECK(buffer.request(9));
  CHECK_FALSE(buffer.request(9));
  CHECK_FALSE(buffer.request(9));
  buffer.finish(10);
  Json json;
  bench.stats.write(json);
  CHECK(json["buffer"].dump() == R"({"reads":5,"cycles":{"idle":7,"busy":3}})");
}

}  // namespace vitcod::test::index_buffer_test
