// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>

#include "hw_models/dram/command_bus.hpp"
#include "test/hw_models/dram/dram_bench.hpp"

namespace vitcod::test {
namespace {

/// A controller, given runs in chosen clocks, and its commands as text: "clock NAME".
class Steps final : public DramCommandListener, public CommandBus::Member {
 public:
  explicit Steps(const DramConfig& config) : map_(config), controller_(config) {
    controller_.set_listener(this);
    bus_.join(*this);
  }

  void offer(Cycle clock, const DramCoordinates& at, bool write = false) {
    const std::uint64_t burst = map_.burst_of(map_.address_of(0, at));
    offers_[clock] = {clock, burst, 1, write};
  }
  void offer_run(Cycle clock, const DramRequest& run) { offers_[clock] = run; }

  std::vector<std::string> until(Cycle end) {
    for (; clock_ < end; ++clock_) bus_.step(clock_);
    return std::exchange(commands_, {});
  }

  ChannelController& controller() override { return controller_; }
  void begin(Cycle now) override {
    if (offers_.count(now) == 1) controller_.accept(offers_[now], now);
  }
  void end(Cycle, const DramStep&) override {}
  void on_command(const DramCommandRecord& record) override {
    commands_.push_back(std::to_string(record.clock) + " " + std::string(name_of(record.command)));
  }

 private:
  const AddressMap map_;
  ChannelController controller_;
  CommandBus bus_;
  std::map<Cycle, DramRequest> offers_;
  std::vector<std::string> commands_;
  Cycle clock_ = 0;
};

using Commands = std::vector<std::string>;

}  // namespace

TEST_CASE("the bursts of a run enter the queue one a clock") {
  // A first run opens row 0 in bank 0 of the 4 groups; a second wants row 1 there, after a while:
  // each PRE is legal at once, so the clocks of the PREs are those of entry.
  Steps steps(preset("ddr4-2400"));
  constexpr std::uint64_t kNextRow = 2048;
  steps.offer_run(0, {0, 0, 4, false});
  steps.offer_run(200, {1, kNextRow, 4, false});
  steps.until(200);
  CHECK(steps.until(204) == Commands{"200 PRE", "201 PRE", "202 PRE", "203 PRE"});
}

TEST_CASE("a row hit that comes in time keeps its row open") {
  Steps steps(preset("ddr4-2400"));
  const DramCoordinates x{0, 0, 0, 0, 0}, x_other_row{0, 0, 0, 1, 0}, y{0, 0, 1, 0, 0};
  steps.offer(0, x);
  steps.offer(1, y);
  steps.until(100);
  steps.offer(100, x);
  steps.offer(101, x_other_row);  // PRE would be legal tRTP = 9 after the read in 100
  steps.offer(102, y);            // same bank group: tCCD_L = 6 after it
  steps.offer(107, x);            // and this in 112, after that PRE
  CHECK(steps.until(113) == Commands{"100 RD", "106 RD", "112 RD"});
  CHECK(steps.until(140) == Commands{"121 PRE", "138 ACT"});
}

TEST_CASE("under the closed policy a hit that comes in time is still a hit") {
  DramConfig config = preset("ddr4-2400");
  config.controller.page_policy = DramPagePolicy::kClosed;
  Steps steps(config);
  steps.offer(0, {});
  steps.offer(10, {});
  CHECK(steps.until(200) == Commands{"0 ACT", "17 RD", "23 RDA"});
}

TEST_CASE("reads go first, and a write is served while no read waits") {
  Steps steps(preset("ddr4-2400"));
  steps.offer(0, {});
  steps.until(100);
  const DramCoordinates other{0, 1, 0, 0, 0};
  steps.offer(100, {}, true);  // no read waits: WR at once
  steps.offer(101, {0, 0, 0, 0, 1}, true);
  steps.offer(102, other);  // a read waits: two writes are below the watermark
  // ACT for it; the read tWTR_S after the write (12 + 4 + 3); then the write CL - CWL + 4 + 2
  // later.
  CHECK(steps.until(140) == Commands{"100 WR", "102 ACT", "119 RD", "130 WR"});
}

TEST_CASE("a refresh closes all banks and holds everything up for tRFC") {
  Steps steps(preset("ddr4-2400"));
  steps.offer(9340, {});
  steps.offer(9370, {});
  CHECK(steps.until(9900) ==
        Commands{"9340 ACT", "9357 RD", "9379 PREA", "9396 REF", "9816 ACT", "9833 RD"});
}

// HBM2: an ACT takes two clocks, a REFPB one, and both end tRRD after an ACT. So each next ACT
// could begin a clock before the REFPB.
TEST_CASE("a stream of activates does not put off the refresh of a bank") {
  DramConfig config = preset("hbm2-2000-pc");
  config.refresh.mode = DramRefreshMode::kPerBank;
  Steps steps(config);
  // The queue is full from the start and stays so: a burst leaves every 4 clocks, and one comes.
  for (std::uint32_t i = 0; i < 80; ++i) {
    steps.offer(i < 30 ? 200 + i : 110 + 4 * i, {0, i % 4, i / 4 % 4, i / 16, 0});
  }
  Cycle refresh = 0;
  for (const std::string& command : steps.until(500)) {
    if (command.ends_with(" REFPB") && refresh == 0) refresh = std::stoul(command);
  }
  // Due in 243. Bank 0 was opened in 201: tRAS later, 235, it may be closed; so at once, at the
  // latest a clock later for the bus; 14 clocks of tRP, and up to 8 for an ACT that went before.
  CHECK(refresh >= 243);
  CHECK(refresh <= 243 + 1 + 14 + 8);
}

}  // namespace vitcod::test
