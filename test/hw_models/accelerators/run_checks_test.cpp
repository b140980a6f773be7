// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/run_checks.hpp"

#include <catch2/catch.hpp>

#include "sim/base/errors.hpp"

namespace vitcod::run_checks_test {
namespace {

/// 1000 MACs on 8 multipliers take 125 cycles at least; 640 + 128 bytes at 16 a clock take 48
/// clocks.
RunTotals totals_of_a_sound_run() {
  RunTotals totals;
  totals.macs_done = totals.macs_asked = 1000;
  totals.multipliers = 8;
  totals.cycles = 125;
  totals.lines = 8;
  totals.line_cycles = 500;
  totals.dram_bytes_read = totals.burst_bytes_read = 640;
  totals.dram_bytes_written = totals.burst_bytes_written = 128;
  totals.dram_clocks = 48;
  totals.dram_bytes_per_clock = 16;
  totals.bytes_loaded = totals.buffers_written = 600;
  totals.bytes_stored = totals.bytes_to_store = 100;
  totals.output_buffer_written = totals.output_buffer_read = 100;
  return totals;
}

/// The message of the check that fires when `field` of a sound run is off by `change`.
std::string message_for(std::uint64_t RunTotals::*field, std::int64_t change) {
  RunTotals totals = totals_of_a_sound_run();
  totals.*field += static_cast<std::uint64_t>(change);
  try {
    check_conservation(totals);
    check_floor(totals);
  } catch (const ModelError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a sound run passes the checks, at the floors exactly") {
  CHECK_NOTHROW(check_conservation(totals_of_a_sound_run()));
  CHECK_NOTHROW(check_floor(totals_of_a_sound_run()));
}

TEST_CASE("each conserved count that is off by one is named, above and below") {
  const auto fires = [](std::uint64_t RunTotals::*field, const std::string& below,
                        const std::string& above) {
    CHECK(message_for(field, -1) == below);
    CHECK(message_for(field, 1) == above);
  };
  fires(&RunTotals::macs_done, "multiply-accumulates done: 999 where 1000 are expected",
        "multiply-accumulates done: 1001 where 1000 are expected");
  CHECK(message_for(&RunTotals::shifts_done, 1) == "shifts done: 1 where 0 are expected");
  CHECK(message_for(&RunTotals::shifts_asked, 1) == "shifts done: 0 where 1 are expected");
  CHECK(message_for(&RunTotals::additions_done, 1) == "additions done: 1 where 0 are expected");
  CHECK(message_for(&RunTotals::additions_asked, 1) == "additions done: 0 where 1 are expected");
  CHECK(message_for(&RunTotals::sums_carried_out, 4) ==
        "bytes of carried sums that are added to: 0 where 4 are expected");
  fires(&RunTotals::dram_bytes_read, "bytes read by the DRAM: 639 where 640 are expected",
        "bytes read by the DRAM: 641 where 640 are expected");
  fires(&RunTotals::dram_bytes_written, "bytes written by the DRAM: 127 where 128 are expected",
        "bytes written by the DRAM: 129 where 128 are expected");
  fires(&RunTotals::bytes_to_store, "bytes of outputs stored: 100 where 99 are expected",
        "bytes of outputs stored: 100 where 101 are expected");
  fires(&RunTotals::buffers_written,
        "bytes written to the weight and the input buffer: 599 where 600 are expected",
        "bytes written to the weight and the input buffer: 601 where 600 are expected");
  fires(&RunTotals::output_buffer_written,
        "bytes written to the output buffer: 99 where 100 are expected",
        "bytes written to the output buffer: 101 where 100 are expected");
  fires(&RunTotals::output_buffer_read,
        "bytes read from the output buffer: 99 where 100 are expected",
        "bytes read from the output buffer: 101 where 100 are expected");
}

TEST_CASE("a run that is faster than its MACs or its bytes allow is refused") {
  CHECK(message_for(&RunTotals::cycles, -1) ==
        "124 cycles are below the floor of 1000 MACs on 8 multipliers");
  CHECK(message_for(&RunTotals::dram_clocks, -1) ==
        "47 DRAM clocks are below the floor of 768 bytes at peak bandwidth");
  CHECK(message_for(&RunTotals::cycles, 1) == "");
  CHECK(message_for(&RunTotals::line_cycles, 500) == "");
  CHECK(
      message_for(&RunTotals::line_cycles, 501) ==
      "1001 line-cycles in the units that lines work in are more than 8 lines have in 125 cycles");
  // 125 cycles of MACs, and 10 of 40 shifts on 4 shifters.
  RunTotals totals = totals_of_a_sound_run();
  totals.shifts_done = totals.shifts_asked = 40;
  totals.shifters = 4;
  totals.cycles = 135;
  CHECK_NOTHROW(check_floor(totals));
  totals.cycles = 134;
  CHECK_THROWS_WITH(check_floor(totals),
                    "9 cycles beside those of MACs are below the floor of 40 shifts on 4 shifters");
  // And 5 of 80 additions on 16 lanes.
  totals.additions_done = totals.additions_asked = 80;
  totals.adders = 16;
  totals.cycles = 140;
  CHECK_NOTHROW(check_floor(totals));
  totals.cycles = 139;
  CHECK_THROWS_WITH(check_floor(totals),
                    "4 cycles beside those of MACs and shifts are below the floor of 80 additions "
                    "on 16 add lanes");
  CHECK(message_for(&RunTotals::dram_clocks, 1) == "");
}

}  // namespace vitcod::run_checks_test
