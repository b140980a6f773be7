// SPDX-License-Identifier: Apache-2.0
// Latency and throughput against formulas and hand counts.
#include <catch2/catch.hpp>

#include "hw_models/dram/address_map.hpp"
#include "test/hw_models/dram/dram_bench.hpp"
#include "test/hw_models/dram/dram_traces.hpp"
#include "test/hw_models/dram/jedec_rules.hpp"

namespace vitcod::test::dram_timing_test {
namespace {

/// Latencies of reads that wait for each other: bank closed, row hit, row conflict.
std::vector<Cycle> unloaded_latencies(const DramConfig& config) {
  const AddressMap map(config);
  DramCoordinates other_row;
  other_row.row = 1;
  DramTrace trace;
  trace.dependent = true;
  trace.gap = 200;
  trace.entries = {{0, false}, {0, false}, {map.address_of(0, other_row), false}};
  ReplayOptions options;
  options.log_latencies = true;
  std::vector<Cycle> latencies;
  for (const RequestClocks& clocks : replay(config, trace, options).requests) {
    latencies.push_back(clocks.done - clocks.accepted);
  }
  return latencies;
}

double percent_of_peak(const DramConfig& config, const DramTrace& trace) {
  const ReplayResult result = replay(config, trace, {});
  const double bursts = static_cast<double>(trace.entries.size());
  return 100.0 * bursts * config.commands.burst_clocks /
         (static_cast<double>(result.clocks) * config.organization.channels);
}

}  // namespace

TEST_CASE("unloaded DDR4-2400 reads take 38, 21 and 55 clocks: closed, hit, conflict") {
  CHECK(unloaded_latencies(preset("ddr4-2400")) == std::vector<Cycle>{38, 21, 55});
}

TEST_CASE("unloaded reads take tRP, tRCD, latency and burst, and the length of the commands") {
  const std::string name = GENERATE(from_range(preset_names()));
  const JedecRules rules = jedec_rules(name);
  // The first clock of the first command is that of acceptance; rules count from last clocks.
  const auto hit = static_cast<Cycle>(rules.column_length - 1 + rules.read_data + rules.burst);
  const auto closed =
      static_cast<Cycle>(rules.act_length - 1 + rules.rcd_read + rules.read_data + rules.burst);
  const auto conflict = static_cast<Cycle>(rules.pre_length - 1 + rules.rp + rules.rcd_read +
                                           rules.read_data + rules.burst);
  CHECK(unloaded_latencies(preset(name)) == std::vector<Cycle>{closed, hit, conflict});
}

TEST_CASE("the response leaves the channel response_clocks after the last data beat") {
  DramConfig config = preset("ddr4-2400");
  config.controller.response_clocks = GENERATE(0U, 4U, 9U);
  BenchOptions options;
  options.accelerator_khz = config.clock_khz;
  const BenchResult result = run_bench(config, {{{7, 0, 1, false}}}, options);
  // Pushed in 0, visible in 1; ACT in 1, data until 39; pushed so much later, visible in the next.
  REQUIRE(result.commands[0].front().clock == 1);
  REQUIRE(result.response_clocks[0] ==
          std::vector<Cycle>{1 + 38 + config.controller.response_clocks + 1});
  REQUIRE(result.response_ids[0] == std::vector<std::uint64_t>{7});
}

TEST_CASE("the response of a run comes with its last burst") {
  const DramConfig config = preset("ddr4-2400");
  BenchOptions options;
  options.accelerator_khz = config.clock_khz;
  // Bursts 0 to 3 are in 4 bank groups: ACTs tRRD_S = 4 apart, so are the reads.
  const BenchResult result = run_bench(config, {{{1, 0, 4, false}}}, options);
  REQUIRE(result.response_clocks[0] ==
          std::vector<Cycle>{1 + 38 + 3 * 4 + config.controller.response_clocks + 1});
}

TEST_CASE("an idle channel is refreshed in each interval, to the clock") {
  const std::string name = GENERATE(from_range(preset_names()));
  const JedecRules rules = jedec_rules(name);
  DramConfig config = preset(name);
  config.controller.page_policy = DramPagePolicy::kClosed;
  DramTrace trace;
  trace.dependent = true;
  trace.gap = 40000;
  trace.entries = {{0, false}, {0, false}};
  ReplayOptions options;
  options.log_commands = true;
  Cycle due = 0;
  for (const auto& [channel, record] : replay(config, trace, options).commands) {
    if (record.command != DramCommand::kRef) continue;
    due += static_cast<Cycle>(rules.refi);
    CHECK(record.clock == due + static_cast<Cycle>(rules.ref_length) - 1);
  }
  CHECK(due > 0);
}

TEST_CASE("throughput of one DDR4-2400 channel is where the public simulators agree") {
  const DramConfig config = preset("ddr4-2400");
  // Reference, section 0: about 95 % sequential, about 58 % random (bound by tFAW).
  CHECK(percent_of_peak(config, sequential(config, 200000, false)) == Approx(95.0).margin(0.5));
  CHECK(percent_of_peak(config, random_reads(config, 100000, 1)) == Approx(58.0).margin(0.6));
}

TEST_CASE("no traffic is faster than the bus less the refreshes") {
  const std::string name = GENERATE(from_range(preset_names()));
  const std::uint32_t channels = GENERATE(1U, 4U);
  const DramConfig config = preset(name, channels);
  const JedecRules rules = jedec_rules(name);
  const double bound =
      100.0 * static_cast<double>(rules.refi - rules.rfc) / static_cast<double>(rules.refi);
  for (const NamedTrace& traffic : all_traffic(config, 40000, 3)) {
    INFO(name << ", " << channels << " channels, " << traffic.name);
    CHECK(percent_of_peak(config, traffic.trace) <= bound + 0.5);
  }
}

TEST_CASE("four channels stream four times as fast") {
  const double one =
      percent_of_peak(preset("ddr4-2400", 1), sequential(preset("ddr4-2400", 1), 100000, false));
  const double four =
      percent_of_peak(preset("ddr4-2400", 4), sequential(preset("ddr4-2400", 4), 400000, false));
  CHECK(four == Approx(one).margin(0.2));
}

TEST_CASE("conflicts in one bank are tRC apart, less the refreshes") {
  const DramConfig config = preset("ddr4-2400");
  DramTrace trace;
  const AddressMap map(config);
  for (std::uint32_t i = 0; i < 20000; ++i) {
    DramCoordinates at;
    at.row = i;
    trace.entries.push_back({map.address_of(0, at), false});
  }
  // In each interval: PREA, REF, and the rest in steps of tRC.
  const double each = static_cast<double>(replay(config, trace, {}).clocks) / 20000;
  CHECK(each == Approx(56.0 * 9360 / (9360 - 420)).epsilon(0.01));
}

TEST_CASE("a window of one request makes a stream a chain") {
  const DramConfig config = preset("ddr4-2400");
  DramTrace trace = random_reads(config, 300, 8);
  ReplayOptions options;
  options.window = 1;
  options.log_latencies = true;
  const ReplayResult streamed = replay(config, trace, options);
  trace.dependent = true;
  const ReplayResult chained = replay(config, trace, options);
  REQUIRE(streamed.clocks == chained.clocks);
  for (std::size_t i = 0; i < trace.entries.size(); ++i) {
    REQUIRE(streamed.requests[i].accepted == chained.requests[i].accepted);
  }
}

}  // namespace vitcod::test::dram_timing_test
