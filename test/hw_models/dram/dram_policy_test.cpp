// SPDX-License-Identifier: Apache-2.0
// What the controller promises beyond the standard: order of accesses to one burst, progress, and
// that neither the way of running nor the neighbours change what it does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "hw_models/dram/address_map.hpp"
#include "hw_models/dram/channel_controller.hpp"
#include "sim/base/random.hpp"
#include "test/hw_models/dram/dram_bench.hpp"
#include "test/hw_models/dram/dram_traces.hpp"
#include "test/hw_models/dram/jedec_rules.hpp"

namespace vitcod::test::dram_policy_test {
namespace {

ReplayResult logged(const DramConfig& config, const DramTrace& trace, bool stepped = false) {
  ReplayOptions options;
  options.stepped = stepped;
  options.log_commands = true;
  options.log_latencies = true;
  return replay(config, trace, options);
}

void require_same(const ReplayResult& a, const ReplayResult& b) {
  REQUIRE(a.clocks == b.clocks);
  REQUIRE(a.latency_sum == b.latency_sum);
  REQUIRE(std::equal(a.requests.begin(), a.requests.end(), b.requests.begin(), b.requests.end(),
                     [](const RequestClocks& x, const RequestClocks& y) {
                       return x.accepted == y.accepted && x.done == y.done;
                     }));
  REQUIRE(std::equal(a.commands.begin(), a.commands.end(), b.commands.begin(), b.commands.end(),
                     [](const LoggedDramCommand& x, const LoggedDramCommand& y) {
                       return x.channel == y.channel && x.record.clock == y.record.clock &&
                              x.record.command == y.record.command && x.record.at == y.record.at;
                     }));
  REQUIRE(a.activity.active_rank_clocks == b.activity.active_rank_clocks);
}

/// A preset with random, small queues and random policies.
DramConfig random_setting(const std::string& name, Random& random) {
  DramConfig config = preset(name, 1U << random.uniform_below(2));
  const auto below = [&random](std::uint64_t bound) {
    return static_cast<std::uint32_t>(random.uniform_below(bound));
  };
  DramControllerConfig& controller = config.controller;
  controller.read_queue_depth = 1 + below(40);
  controller.write_queue_depth = 1 + below(40);
  controller.write_high_watermark = 1 + below(controller.write_queue_depth);
  controller.write_low_watermark = below(controller.write_high_watermark);
  controller.age_bound_clocks = below(2) == 0 ? below(300) : 4096;
  controller.page_policy = static_cast<DramPagePolicy>(below(3));
  controller.page_timeout_clocks = below(300);
  config.refresh.all_bank_interval_clocks = config.refresh.all_bank_clocks * 3 / 2 + below(3000);
  const bool has_bank_refresh = jedec_rules(name).rfc_bank > 0;
  const std::uint32_t choice = below(4);
  if (choice == 0) config.refresh.mode = DramRefreshMode::kOff;
  if (choice == 1 && has_bank_refresh) config.refresh.mode = DramRefreshMode::kPerBank;
  if (jedec_rules(name).rank_rd_to_rd > 0) config.organization.ranks = 1U << below(2);
  validate(config);
  return config;
}

}  // namespace

TEST_CASE("the memory alone does the same event-driven and stepped, whatever the settings") {
  const std::string name = GENERATE(from_range(preset_names()));
  Random random(17);
  for (int i = 0; i < 6; ++i) {
    const DramConfig config = random_setting(name, random);
    for (const NamedTrace& traffic : all_traffic(config, 500, random.next_u64())) {
      INFO(name << ", setting " << i << ", " << traffic.name);
      require_same(logged(config, traffic.trace), logged(config, traffic.trace, true));
    }
  }
}

TEST_CASE("reads and writes of one burst keep their order") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramConfig config = preset(name);
  const DramTrace trace = random_mixed(config, 5000, 21, 8, 16);
  const ReplayResult result = logged(config, trace);
  // A read sees the writes before it and none after; writes stay in order. Reads may swap.
  std::map<std::uint64_t, std::pair<Cycle, Cycle>>
      last;  // address: end of last read, of last write
  for (std::size_t i = 0; i < trace.entries.size(); ++i) {
    const Cycle done = result.requests[i].done;
    auto& [last_read, last_write] = last[trace.entries[i].address];
    REQUIRE(done > last_write);
    if (trace.entries[i].write) {
      REQUIRE(done > last_read);
      last_write = done;
    } else {
      last_read = std::max(last_read, done);
    }
  }
}

TEST_CASE("a burst that others overtake is served within its bound") {
  DramConfig config = preset("ddr4-2400");
  config.controller.age_bound_clocks = GENERATE(0U, 500U, 4000U);
  const AddressMap map(config);
  // One read to row 1 of a bank among an endless stream of hits to its row 0.
  DramTrace trace;
  DramCoordinates at;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    at.row = i == 50 ? 1 : 0;
    at.column = i % 128;
    trace.entries.push_back({map.address_of(0, at), false});
  }
  const RequestClocks clocks = logged(config, trace).requests[50];
  // README: the bound, and for each burst of the queues the longest way through a bank.
  const JedecRules rules = jedec_rules("ddr4-2400");
  const auto way = static_cast<Cycle>(rules.ras + rules.wr_to_pre + rules.rp + rules.faw +
                                      rules.rcd_read + rules.wr_to_rd_l);
  const Cycle bound = config.controller.age_bound_clocks + 64 * way + 460;
  CHECK(clocks.done - clocks.accepted <= bound);
  // The bound is what ends the wait: without it the hits would go on for 20000 x 6 clocks.
  CHECK(clocks.done - clocks.accepted >= config.controller.age_bound_clocks);
}

TEST_CASE("few writes among endless reads are not put off for ever") {
  const DramConfig config = preset("ddr4-2400");
  DramTrace trace = sequential(config, 40000, false);
  trace.entries[100].write = true;
  const RequestClocks clocks = logged(config, trace).requests[100];
  CHECK(clocks.done - clocks.accepted < config.controller.age_bound_clocks + 1000);
}

TEST_CASE("writes that have become too old go together") {
  const DramConfig config = preset("ddr4-2400");
  DramTrace trace = sequential(config, 40000, false);
  // One write in 200 reads: the high watermark is not reached within the age bound.
  for (std::size_t i = 100; i < trace.entries.size(); i += 200) trace.entries[i].write = true;
  std::size_t turns = 0;
  bool writing = false;
  for (const auto& [channel, record] : logged(config, trace).commands) {
    if (!is_column(record.command)) continue;
    const bool write = record.command == DramCommand::kWr;
    if (write && !writing) ++turns;
    writing = write;
  }
  // 40000 bursts take about 170000 clocks: a batch in each age bound, and one at the end.
  CHECK(turns <= 170000 / config.controller.age_bound_clocks + 1);
}

TEST_CASE("writes are served in batches between the watermarks") {
  const DramConfig config = preset("ddr4-2400");
  const DramTrace trace = random_mixed(config, 20000, 5, 8, 1U << 20U);
  const ReplayResult result = logged(config, trace);
  std::size_t turns = 0;
  std::size_t writes = 0;
  bool writing = false;
  for (const auto& [channel, record] : result.commands) {
    if (!is_column(record.command)) continue;
    const bool write = record.command == DramCommand::kWr;
    if (write && !writing) ++turns;
    if (write) ++writes;
    writing = write;
  }
  const DramControllerConfig& controller = config.controller;
  REQUIRE(turns > 0);
  CHECK(writes >= turns * (controller.write_high_watermark - controller.write_low_watermark - 1));
}

TEST_CASE("the closed policy precharges with the last hit, the timeout policy after a while") {
  DramConfig config = preset("ddr4-2400");
  DramTrace trace;
  trace.dependent = true;
  trace.gap = 1000;
  trace.entries = {{0, false}, {0, true}};
  config.controller.page_policy = DramPagePolicy::kClosed;
  const DramActivity closed = logged(config, trace).activity;
  CHECK(closed.count(DramCommand::kRda) == 1);
  CHECK(closed.count(DramCommand::kWra) == 1);
  CHECK(closed.count(DramCommand::kAct) == 2);
  CHECK(closed.count(DramCommand::kPre) == 0);
  config.controller.page_policy = DramPagePolicy::kTimeout;
  config.controller.page_timeout_clocks = 300;
  const ReplayResult timeout = logged(config, trace);
  REQUIRE(timeout.commands.size() == 5);
  CHECK(timeout.commands[2].record.command == DramCommand::kPre);
  CHECK(timeout.commands[2].record.clock == 17 + 300);  // the read was in clock 17
}

TEST_CASE("row hits, misses and conflicts are counted by burst") {
  const DramConfig config = preset("ddr4-2400");
  const AddressMap map(config);
  DramCoordinates other;
  other.row = 9;
  DramTrace trace;
  trace.dependent = true;
  trace.entries = {{0, false}, {0, false}, {map.address_of(0, other), false}, {0, true}};
  const DramActivity did = logged(config, trace).activity;
  CHECK(did.row_misses == 1);
  CHECK(did.row_hits == 1);
  CHECK(did.row_conflicts == 2);
  CHECK(did.bytes_read == 192);
  CHECK(did.bytes_written == 64);
}

}  // namespace vitcod::test::dram_policy_test
