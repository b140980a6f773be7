// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <map>

#include "hw_models/dram/command_bus.hpp"
#include "test/hw_models/dram/dram_bench.hpp"

namespace vitcod::test::channel_controller_test {
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

TEST_CASE("the hits of the bank in which the oldest burst waits go first") {
  Steps steps(preset("ddr4-2400"));
  const DramCoordinates x{0, 0, 0, 0, 0}, x_other_row{0, 0, 0, 1, 0}, y{0, 1, 0, 0, 0},
      z{0, 2, 0, 0, 0};
  steps.offer(0, x);
  steps.offer(1, y);
  steps.offer(2, z);
  steps.until(97);
  steps.offer(97, x);
  steps.offer(98, z);
  steps.offer(99, x_other_row);
  steps.offer(100, y);
  steps.offer(101, x);
  // Reads tCCD_S = 4 apart. In 105 y's hit is older than x's, but not than what waits for x's hit:
  // so that one has its PRE tRTP = 9 after 105, not after 109.
  CHECK(steps.until(160) ==
        Commands{"97 RD", "101 RD", "105 RD", "109 RD", "114 PRE", "131 ACT", "148 RD"});
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

/// DDR4-2400 whose writes go first as soon as there is one.
DramConfig eager_writes() {
  DramConfig config = preset("ddr4-2400");
  config.controller.write_high_watermark = 1;
  config.controller.write_low_watermark = 0;
  return config;
}

TEST_CASE("a row that was opened for a burst stays open for it when the direction turns") {
  const DramCoordinates x{}, x_other_row{0, 0, 0, 1, 0};
  Steps to_writes(eager_writes());
  to_writes.offer(0, x);
  to_writes.offer(5, x_other_row, true);
  // RD tRCD = 17 after its ACT. For the write: PRE after tRAS = 39, ACT tRP = 17 later, WR tRCD.
  CHECK(to_writes.until(300) == Commands{"0 ACT", "17 RD", "39 PRE", "56 ACT", "73 WR"});
  Steps to_reads(preset("ddr4-2400"));
  to_reads.offer(0, x, true);
  to_reads.offer(5, x_other_row);
  // PRE CWL + 4 + tWR = 34 after the write.
  CHECK(to_reads.until(300) == Commands{"0 ACT", "17 WR", "51 PRE", "68 ACT", "85 RD"});
}

TEST_CASE("a row that was opened for a read outlasts a batch of writes") {
  const Cycle arrival = GENERATE(102U, 145U);
  Steps steps(eager_writes());
  steps.offer(0, {0, 1, 0, 0, 0});
  steps.until(100);
  steps.offer(100, {});
  steps.offer(101, {0, 1, 0, 0, 0}, true);
  for (std::uint32_t i = 1; i < 8; ++i) steps.offer(102 + i, {0, 1, 0, 0, i}, true);
  steps.offer(130, {0, 2, 0, 0, 0}, true);
  steps.offer(arrival, {0, 0, 0, 1, 0}, true);
  // A write every tCCD_L = 6, that of clock 130 tRCD = 17 after its ACT; the RD CWL + 4 + tWTR_S =
  // 19 after the last one; PRE tRTP = 9 after it, then ACT and WR, tRP = tRCD = 17 each. PRE would
  // be legal from 139 on.
  CHECK(steps.until(400) == Commands{"100 ACT", "101 WR", "107 WR", "113 WR", "119 WR", "125 WR",
                                     "130 ACT", "131 WR", "137 WR", "143 WR", "147 WR", "166 RD",
                                     "175 PRE", "192 ACT", "209 WR"});
}

TEST_CASE("a burst past its bound does not wait for one whose row was opened before") {
  DramConfig config = preset("ddr4-2400");
  config.controller.age_bound_clocks = 40;
  Steps steps(config);
  steps.offer(0, {});
  steps.offer(1, {0, 2, 0, 0, 0}, true);
  steps.offer(2, {0, 0, 0, 1, 0});
  steps.offer(40, {0, 1, 0, 0, 0});
  // Reads go first, until the write is too old in 41: ACT tRRD_S = 4 after the last. An RD in 57
  // would put its WR off by CL - CWL + 4 + 2 = 11. Then the read of clock 2 is too old.
  CHECK(steps.until(400) == Commands{"0 ACT", "17 RD", "39 PRE", "40 ACT", "44 ACT", "61 WR",
                                     "62 ACT", "80 RD", "84 RD"});
}

TEST_CASE("a burst past its bound closes even a row that waits for its burst") {
  DramConfig config = eager_writes();
  config.controller.age_bound_clocks = 40;
  Steps steps(config);
  steps.offer(0, {0, 0, 0, 2, 0});
  steps.offer(20, {0, 0, 0, 1, 0});
  steps.offer(21, {0, 0, 0, 0, 0}, true);
  // The write goes first, but the read is too old in 60, before the WR in 73: PRE tRAS after the
  // write's ACT. The write then needs its row again.
  CHECK(steps.until(600) == Commands{"0 ACT", "17 RD", "39 PRE", "56 ACT", "95 PRE", "112 ACT",
                                     "129 RD", "151 PRE", "168 ACT", "185 WR"});
}

TEST_CASE("a refresh closes even a row that waits for its burst") {
  Steps steps(eager_writes());
  steps.offer(9350, {});
  steps.offer(9355, {0, 0, 0, 1, 0}, true);
  // The refresh is due in 9360, before the RD in 9367; after it the writes go first. The read's row
  // is opened again CWL + 4 + tWR = 34 and tRP after the write.
  CHECK(steps.until(9950) == Commands{"9350 ACT", "9389 PREA", "9406 REF", "9826 ACT", "9843 WR",
                                      "9877 PRE", "9894 ACT", "9911 RD"});
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

}  // namespace vitcod::test::channel_controller_test
