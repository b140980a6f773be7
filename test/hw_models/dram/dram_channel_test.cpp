// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "sim/base/errors.hpp"
#include "sim/base/random.hpp"
#include "test/hw_models/dram/dram_bench.hpp"

namespace vitcod::test::dram_channel_test {
namespace {

/// Runs of random length and place: half of them in a small region, so that rows are hit.
std::vector<DramRequest> random_runs(const DramConfig& config, std::uint64_t seed, std::size_t num,
                                     std::uint32_t max_bursts) {
  Random random(seed);
  std::vector<DramRequest> requests;
  for (std::size_t id = 0; id < num; ++id) {
    DramRequest request;
    request.id = id;
    request.num_bursts = static_cast<std::uint32_t>(1 + random.uniform_below(max_bursts));
    const std::uint64_t region =
        random.uniform_below(2) == 0 ? 4096 : config.organization.channel_bursts();
    request.first_burst = random.uniform_below(region - max_bursts);
    request.write = random.uniform_below(3) == 0;
    requests.push_back(request);
  }
  return requests;
}

std::vector<std::vector<DramRequest>> random_load(const DramConfig& config, std::uint64_t seed,
                                                  std::size_t num, std::uint32_t max_bursts) {
  std::vector<std::vector<DramRequest>> load;
  for (std::uint32_t channel = 0; channel < config.organization.channels; ++channel) {
    load.push_back(random_runs(config, seed * 100 + channel, num, max_bursts));
  }
  return load;
}

bool same_command(const DramCommandRecord& a, const DramCommandRecord& b) {
  return a.clock == b.clock && a.command == b.command && a.at == b.at;
}

void require_same(const BenchResult& a, const BenchResult& b) {
  REQUIRE(a.commands.size() == b.commands.size());
  for (std::size_t i = 0; i < a.commands.size(); ++i) {
    const auto [at, other] =
        std::mismatch(a.commands[i].begin(), a.commands[i].end(), b.commands[i].begin(),
                      b.commands[i].end(), same_command);
    INFO("channel " << i << ", command " << at - a.commands[i].begin());
    REQUIRE(at == a.commands[i].end());
    REQUIRE(other == b.commands[i].end());
  }
  REQUIRE(a.response_ids == b.response_ids);
  REQUIRE(a.response_clocks == b.response_clocks);
  REQUIRE(a.statistics == b.statistics);
  REQUIRE(a.clocks == b.clocks);
}

}  // namespace

TEST_CASE("each run gets exactly one response") {
  const DramConfig config = preset("ddr4-2400", 2);
  const auto load = random_load(config, 1, 2000, 16);
  const BenchResult result = run_bench(config, load, {});
  for (std::vector<std::uint64_t> ids : result.response_ids) {
    std::sort(ids.begin(), ids.end());
    std::vector<std::uint64_t> all(load[0].size());
    std::iota(all.begin(), all.end(), 0U);
    REQUIRE(ids == all);
  }
}

TEST_CASE("a channel does the same event-driven and stepped, in either order of blocks") {
  const auto seed = GENERATE(range(1, 7));
  const std::string name = GENERATE(from_range(preset_names()));
  CAPTURE(name, seed);
  const DramConfig config = preset(name, 2);
  const std::uint32_t max_bursts = seed % 2 == 0 ? 64 : 2;
  const auto load = random_load(config, static_cast<std::uint64_t>(seed), 300, max_bursts);
  BenchOptions options;
  options.stall_seed = static_cast<std::uint64_t>(seed);
  options.stall_sixteenths = seed % 3 == 0 ? 12U : 3U * (seed % 3U);
  options.link_depth = static_cast<std::size_t>(1 + seed % 4);
  options.accelerator_khz = seed % 2 == 0 ? 500'000 : 733'333;
  const BenchResult events = run_bench(config, load, options);
  options.mode.stepped = true;
  require_same(events, run_bench(config, load, options));
  options.mode.reversed = true;
  require_same(events, run_bench(config, load, options));
  options.mode.stepped = false;
  require_same(events, run_bench(config, load, options));
}

TEST_CASE("a channel with few places and a slow or fast neighbour does the same in all ways") {
  const auto seed = GENERATE(range(1, 9));
  DramConfig config = preset("ddr4-2400", 1);
  config.controller.read_queue_depth = static_cast<std::uint32_t>(1 + seed % 3);
  config.controller.write_queue_depth = 2;
  config.controller.write_high_watermark = 2;
  config.controller.write_low_watermark = 1;
  config.controller.response_depth = 1;
  const auto load = random_load(config, 40 + static_cast<std::uint64_t>(seed), 300, 3);
  BenchOptions options;
  options.stall_seed = static_cast<std::uint64_t>(seed);
  options.stall_sixteenths = 15;  // responses pile up
  options.link_depth = static_cast<std::size_t>(seed);
  options.accelerator_khz = seed % 2 == 0 ? 100'000 : 4'900'000;
  const BenchResult events = run_bench(config, load, options);
  options.mode.stepped = true;
  require_same(events, run_bench(config, load, options));
  options.mode.reversed = true;
  require_same(events, run_bench(config, load, options));
}

// Reads of rows that stay open go out as trains where the bus is a channel's own: what comes
// behind, a write, a refresh, an old burst or a busy bank group cuts them short at any burst.
TEST_CASE("trains of row hits do the same event-driven and stepped, whatever cuts them short") {
  const auto seed = GENERATE(range(1, 25));
  const std::string name = GENERATE("ddr4-2400", "hbm2-2000-legacy", "lpddr5-6400");
  CAPTURE(name, seed);
  DramConfig config = preset(name, 1);
  config.organization.ranks = 1;
  if (seed % 3 == 0) {  // old reads come between writes
    config.controller.age_bound_clocks = 40;
    config.controller.write_high_watermark = 2;
    config.controller.write_low_watermark = 1;
  }
  if (seed % 4 == 1) config.address_map = "row_linear";  // a run stays in one bank group
  config.refresh.all_bank_interval_clocks = static_cast<std::uint32_t>(
      config.refresh.all_bank_clocks + 200 + 37U * static_cast<std::uint32_t>(seed));
  Random random(static_cast<std::uint64_t>(seed));
  std::vector<DramRequest> requests;
  for (std::uint64_t id = 0; id < 600; ++id) {
    const auto bursts =
        static_cast<std::uint32_t>(1 + random.uniform_below(seed % 2 == 0 ? 4 : 40));
    const bool away = random.uniform_below(seed % 3 == 0 ? 4 : 12) == 0;
    const std::uint64_t first = (away ? 1U << 16U : 0) + random.uniform_below(96);
    requests.push_back({id, first, bursts, random.uniform_below(seed % 3 == 0 ? 4 : 10) == 0});
  }
  BenchOptions options;
  options.stall_seed = static_cast<std::uint64_t>(seed);
  options.stall_sixteenths = seed % 3 == 0 ? 2U : 8U + static_cast<std::uint32_t>(seed % 8);
  options.accelerator_khz = seed % 5 == 0 ? 1'900'000 : 100'000 + 40'000 * (seed % 7);
  const BenchResult events = run_bench(config, {requests}, options);
  options.mode.stepped = true;
  require_same(events, run_bench(config, {requests}, options));
  options.mode.stepped = false;
  options.mode.reversed = true;
  require_same(events, run_bench(config, {requests}, options));
}

// What is known to happen later is progress, however late: the watchdog's verdict is that of an
// event-driven run, in which nothing happens meanwhile.
TEST_CASE("a latency beyond the watchdog's patience ends no run, stepped or not") {
  constexpr std::uint32_t kLong = 60'000;
  DramConfig late_response = preset("ddr4-2400");
  late_response.controller.response_clocks = kLong;
  DramConfig late_row = preset("ddr4-2400");
  late_row.timing.front().clocks = kLong;  // tRCD
  late_row.refresh.mode = DramRefreshMode::kOff;
  DramConfig slow_clock = preset("ddr4-2400");
  slow_clock.clock_khz = 1'000;  // 500 cycles of the accelerator a clock
  for (const DramConfig& config : {late_response, late_row, slow_clock}) {
    BenchOptions options;
    options.mode.watchdog_cycles = 5'000;
    const std::vector<std::vector<DramRequest>> requests = {{{0, 0, 1, false}, {1, 900, 2, true}}};
    const BenchResult result = run_bench(config, requests, options);
    options.mode.stepped = true;
    require_same(run_bench(config, requests, options), result);
  }
}

// What the event-driven run is for: clocks that nobody could see are done in one go. On a slow
// accelerator each request finds the channel idle: a wake-up each for source, channel and sink.
TEST_CASE("a channel does the clocks of a request in few wake-ups") {
  const DramConfig config = preset("ddr4-2400");
  constexpr std::uint64_t kRequests = 2000;
  std::vector<DramRequest> requests;
  for (std::uint64_t id = 0; id < kRequests; ++id) requests.push_back({id, 2 * id, 2, false});
  BenchOptions options;
  options.accelerator_khz = 50'000;  // 24 clocks a cycle, and a request a cycle
  CHECK(run_bench(config, {requests}, options).num_wakeups < 7 * kRequests / 2);
}

TEST_CASE("refreshes alone are no progress") {
  // The source stalls in 16 of 16 cycles: nothing ever comes.
  const DramConfig config = preset("ddr4-2400");
  BenchOptions options;
  options.mode.watchdog_cycles = 20'000;
  options.mode.stepped = GENERATE(false, true);
  options.stall_sixteenths = 16;
  CHECK_THROWS_AS(run_bench(config, {{{0, 0, 1, false}}}, options), DeadlockError);
}

}  // namespace vitcod::test::dram_channel_test
