// SPDX-License-Identifier: Apache-2.0
// Channels that share a command bus: the pseudo channels of HBM2.
#include "hw_models/dram/command_bus.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "test/hw_models/dram/dram_bench.hpp"
#include "test/hw_models/dram/dram_traces.hpp"
#include "test/hw_models/dram/log_checks.hpp"

namespace vitcod::test::command_bus_test {
namespace {

using Commands = std::vector<std::string>;

/// One of two channels, given bursts in chosen clocks; writes its commands as "clock NAME channel".
class Rider final : public CommandBus::Member, public DramCommandListener {
 public:
  Rider(const DramConfig& config, char name, CommandBus& bus, Commands& commands)
      : name_(name), map_(config), controller_(config), commands_(commands) {
    controller_.set_listener(this);
    bus.join(*this);
  }

  void offer(Cycle clock, std::uint32_t row, std::uint32_t bank_group = 0) {
    DramCoordinates at;
    at.row = row;
    at.bank_group = bank_group;
    offers_[clock] = {0, map_.burst_of(map_.address_of(0, at)), 1, false};
  }

  ChannelController& controller() override { return controller_; }
  void begin(Cycle now) override {
    if (offers_.count(now) == 1) controller_.accept(offers_[now], now);
  }
  void end(Cycle, const DramStep&) override {}
  void on_command(const DramCommandRecord& record) override {
    commands_.push_back(std::to_string(record.clock) + " " + std::string(name_of(record.command)) +
                        " " + name_);
  }

 private:
  const char name_;
  const AddressMap map_;
  ChannelController controller_;
  std::map<Cycle, DramRequest> offers_;
  Commands& commands_;
};

/// Two channels, a and b, on one bus.
struct Pair {
  explicit Pair(const DramConfig& config)
      : a(config, 'a', bus, commands), b(config, 'b', bus, commands) {}

  Commands until(Cycle end) {
    for (; clock < end; ++clock) bus.step(clock);
    return std::exchange(commands, {});
  }

  Commands commands;
  CommandBus bus;
  Rider a;
  Rider b;
  Cycle clock = 0;
};

double percent_of_peak(const DramConfig& config, const DramTrace& trace) {
  const ReplayResult result = replay(config, trace, {});
  return 100.0 * static_cast<double>(trace.entries.size() * config.commands.burst_clocks) /
         static_cast<double>(result.clocks * config.organization.channels);
}

}  // namespace

// ACT takes two clocks of the row bus and is logged at its second; tRCDRD = 14.
TEST_CASE("pseudo channels open their rows one after the other and read a clock apart") {
  Pair pair(preset("hbm2-2000-pc"));
  pair.a.offer(0, 0);
  pair.b.offer(0, 0);
  CHECK(pair.until(100) == Commands{"1 ACT a", "3 ACT b", "15 RD a", "17 RD b"});
  pair.a.offer(100, 0);
  pair.b.offer(100, 0);
  CHECK(pair.until(200) == Commands{"100 RD a", "101 RD b"});
}

TEST_CASE("the channel after the last sender goes first") {
  Pair pair(preset("hbm2-2000-pc"));
  pair.a.offer(0, 0);
  pair.b.offer(50, 0);
  pair.a.offer(100, 0);
  pair.until(200);  // the last sender is a
  pair.a.offer(200, 0);
  pair.b.offer(200, 0);
  CHECK(pair.until(300) == Commands{"200 RD b", "201 RD a"});
}

TEST_CASE("a row and a column command go out together only where each has a bus") {
  const std::string name = GENERATE("hbm2-2000-pc", "ddr4-2400");
  Pair pair(preset(name));
  pair.a.offer(0, 0);
  pair.b.offer(40, 0, 1);
  pair.until(200);  // the last sender is b, so a goes first
  pair.a.offer(200, 0);
  pair.b.offer(200, 0, 2);
  const DramCommandTiming commands = preset(name).commands;
  const std::uint32_t first_clock = commands.split_bus ? 200 : 201;  // of the ACT
  const std::uint32_t last_clock = first_clock + commands.activate_clocks - 1;
  CHECK(pair.until(210) == Commands{"200 RD a", std::to_string(last_clock) + " ACT b"});
}

TEST_CASE("random reads of two pseudo channels are bound by the row bus") {
  const DramConfig both = preset("hbm2-2000-pc", 2);
  // Each read of a 2-clock burst opens a row (2 clocks of the bus) and closes another (1): 3 clocks
  // for each of two channels, so one burst in 6; tRFC of each tREFI is lost.
  const double expected = 100.0 * 2 / 6 * (3900 - 260) / 3900;
  CHECK(percent_of_peak(both, random_reads(both, 200000, 3)) == Approx(expected).margin(0.5));
  // Alone, tRRD = 4 bounds it to one burst in 4 clocks.
  const DramConfig alone = preset("hbm2-2000-pc", 1);
  const double alone_bound = 100.0 * 2 / 4 * (3900 - 260) / 3900;
  const double measured = percent_of_peak(alone, random_reads(alone, 100000, 3));
  CHECK(measured <= alone_bound);
  CHECK(measured >= 0.95 * alone_bound);
}

TEST_CASE("streams of two pseudo channels interleave on the column bus") {
  // A read a clock, in turn, is what two data buses of 2-clock bursts take.
  const double alone = percent_of_peak(preset("hbm2-2000-pc", 1),
                                       sequential(preset("hbm2-2000-pc", 1), 100000, false));
  const double both = percent_of_peak(preset("hbm2-2000-pc", 2),
                                      sequential(preset("hbm2-2000-pc", 2), 200000, false));
  CHECK(both == Approx(alone).margin(0.6));
}

TEST_CASE("no pseudo channel keeps the other from the bus") {
  const DramConfig config = preset("hbm2-2000-pc", 2);
  const DramTrace trace = random_mixed(config, 40000, 9, 4, 1U << 20U);
  ReplayOptions options;
  options.log_latencies = true;
  const ReplayResult result = replay(config, trace, options);
  std::array<Cycle, 2> end{};
  for (std::size_t id = 0; id < trace.entries.size(); ++id) {
    Cycle& last = end[trace.entries[id].address / config.organization.burst_bytes() % 2];
    last = std::max(last, result.requests[id].done);
  }
  // Half of the requests each: the shares differ by a few hundred of 20000.
  CHECK(static_cast<double>(end[0]) == Approx(static_cast<double>(end[1])).epsilon(0.04));
}

TEST_CASE("pseudo channels with buses of their own are caught by the checker") {
  DramConfig config = preset("hbm2-2000-pc", 2);
  const DramTrace trace = random_reads(config, 1000, 4);
  ReplayOptions options;
  options.log_commands = options.log_latencies = true;
  const JedecRules rules = jedec_rules("hbm2-2000-pc");
  CHECK(check_log(rules, config, trace, replay(config, trace, options)).violations.empty());
  config.commands.channels_per_bus = 1;
  const LogVerdict verdict = check_log(rules, config, trace, replay(config, trace, options));
  REQUIRE_FALSE(verdict.violations.empty());
  CHECK(verdict.violations.front().find("command bus") != std::string::npos);
}

}  // namespace vitcod::test::command_bus_test
