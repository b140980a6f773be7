// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/replay_log.hpp"

#include <catch2/catch.hpp>

#include "test/hw_models/dram/dram_bench.hpp"

namespace vitcod::test::replay_log_test {

// By hand: ACT, tRCD = 17 later RD, data 17 to 21 clocks after it; 10 clocks later the next read is
// offered, to row 1 of the same bank: PRE, tRP = 17 later ACT.
TEST_CASE("the logs of a run are those of the format's description") {
  DramTrace trace;
  trace.dependent = true;
  trace.gap = 10;
  trace.entries = {{64, false}, {64 + (1U << 17U), true}};
  ReplayOptions options;
  options.log_commands = true;
  options.log_latencies = true;
  const ReplayResult result = replay(preset("ddr4-2400"), trace, options);
  CHECK(command_log(result) ==
        "clk,cmd,ch,ra,bg,ba,row,col\n"
        "0,ACT,0,0,1,0,0,\n"
        "17,RD,0,0,1,0,0,0\n"
        "48,PRE,0,0,1,0,,\n"
        "65,ACT,0,0,1,0,1,\n"
        "82,WR,0,0,1,0,1,0\n");
  CHECK(latency_log(result) ==
        "id,accept_clk,done_clk\n"
        "0,0,38\n"
        "1,48,98\n");
}

TEST_CASE("commands to a rank leave bank group and bank empty") {
  DramTrace trace;
  trace.dependent = true;
  trace.gap = 10000;
  trace.entries = {{0, false}, {0, false}};
  ReplayOptions options;
  options.log_commands = true;
  CHECK(command_log(replay(preset("ddr4-2400"), trace, options)) ==
        "clk,cmd,ch,ra,bg,ba,row,col\n"
        "0,ACT,0,0,0,0,0,\n"
        "17,RD,0,0,0,0,0,0\n"
        "9360,PREA,0,0,,,,\n"
        "9377,REF,0,0,,,,\n"
        "10038,ACT,0,0,0,0,0,\n"
        "10055,RD,0,0,0,0,0,0\n");
}

TEST_CASE("the log of four channels is one, by clock and channel") {
  DramTrace trace;
  trace.entries = {{0, false}, {64, false}, {128, false}, {192, false}};
  ReplayOptions options;
  options.log_commands = true;
  CHECK(command_log(replay(preset("ddr4-2400", 4), trace, options)) ==
        "clk,cmd,ch,ra,bg,ba,row,col\n"
        "0,ACT,0,0,0,0,0,\n0,ACT,1,0,0,0,0,\n0,ACT,2,0,0,0,0,\n0,ACT,3,0,0,0,0,\n"
        "17,RD,0,0,0,0,0,0\n17,RD,1,0,0,0,0,0\n17,RD,2,0,0,0,0,0\n17,RD,3,0,0,0,0,0\n");
}

}  // namespace vitcod::test::replay_log_test
