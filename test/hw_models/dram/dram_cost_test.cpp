// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_cost.hpp"

#include <catch2/catch.hpp>

#include "test/hw_models/dram/dram_bench.hpp"

namespace vitcod::test::dram_cost_test {

TEST_CASE("the cost of a read is about what an unloaded channel takes") {
  constexpr std::uint64_t kClock = 500'000;  // kHz
  for (const std::string& name : preset_names()) {
    INFO(name);
    const DramConfig config = preset(name);
    const DramCost cost = cost_of(config, kClock);
    BenchOptions options;
    options.accelerator_khz = kClock;
    const BenchResult result = run_bench(config, {{DramRequest{}}}, options);
    // The links in and out take a few cycles of their own.
    const double cycles = double(result.response_clocks[0][0]);
    CHECK(cost.read_cycles <= cycles + 2);
    CHECK(cost.read_cycles >= 0.7 * cycles - 6);
  }
}

TEST_CASE("the peak of the DRAM in cycles of another clock") {
  // Twice the clock: half of the bytes a cycle, twice the cycles.
  const DramConfig config = preset("ddr4-2400");
  const DramCost slow = cost_of(config, 500'000);
  const DramCost fast = cost_of(config, 1'000'000);
  CHECK(slow.bytes_per_cycle == double(config.peak_bytes_per_second()) / 5e8);
  CHECK(fast.bytes_per_cycle == slow.bytes_per_cycle / 2);
  CHECK(fast.read_cycles == slow.read_cycles * 2);
}

}  // namespace vitcod::test::dram_cost_test
