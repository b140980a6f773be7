// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/way_floors.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/accelerators/vitcod_ways.hpp"
#include "sim/base/errors.hpp"

namespace vitcod::way_floors_test {

TEST_CASE("no run is faster than what its ways carried took") {
  const Json blocks = {{"port", {{"bytes_in", 96}, {"bytes_out", 32}}}};
  const WayFloors floors(blocks, 16);
  CHECK_NOTHROW(floors.limit({"/port/bytes_in"}, 6));
  CHECK_NOTHROW(floors.limit({"/port/bytes_in", "/port/bytes_out"}, 8));
  CHECK_NOTHROW(floors.limit({"/absent/bytes"}, 0));
  CHECK_THROWS_WITH(floors.limit({"/port/bytes_in"}, 5),
                    "16 cycles are below the floor of 96 of /port/bytes_in at 5 a cycle");
  CHECK_THROWS_WITH(
      floors.limit({"/port/bytes_in", "/port/bytes_out"}, 7),
      "16 cycles are below the floor of 128 of /port/bytes_in and /port/bytes_out at 7 a cycle");
  CHECK_THROWS(floors.limit({"/port/renamed"}, 1));
}

namespace {

/// A counter alone, of one more than the way takes in the cycles.
void check_way(const char* pointer, std::uint64_t a_cycle) {
  constexpr Cycle kCycles = 10;
  const Json::json_pointer counter(pointer);
  Json blocks;
  blocks[counter] = kCycles * a_cycle;
  FrameConfig frame;
  frame.gemm_engine.input_bytes_per_cycle = 8;
  frame.gemm_engine.carried_bytes_per_cycle = 256;
  Json all = blocks;
  for (const char* other :
       {"/gemm_engine/input_bytes", "/gemm_engine/weight_bytes",
        "/gemm_engine/carried_bytes_written", "/gemm_engine/carried_bytes_read"}) {
    if (!all.contains(Json::json_pointer(other))) all[Json::json_pointer(other)] = 0;
  }
  CHECK_NOTHROW(require_frame_ways(frame, WayFloors(all, kCycles)));
  all[counter] = kCycles * a_cycle + 1;
  CHECK_THROWS_AS(require_frame_ways(frame, WayFloors(all, kCycles)), ModelError);
}

}  // namespace

TEST_CASE("ways of linear layers have their configured widths") {
  check_way("/gemm_engine/input_bytes", 8);
  check_way("/gemm_engine/weight_bytes", 1);
  check_way("/gemm_engine/carried_bytes_read", 256);
}

}  // namespace vitcod::way_floors_test
