// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/run_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/errors.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

void require_equal(std::uint64_t counted, std::uint64_t expected, const char* what) {
  if (counted != expected) {
    throw ModelError(fmt::format("{}: {} where {} are expected", what, counted, expected));
  }
}

}  // namespace

void check_conservation(const RunTotals& totals) {
  require_equal(totals.macs_done, totals.macs_asked, "multiply-accumulates done");
  require_equal(totals.shifts_done, totals.shifts_asked, "shifts done");
  require_equal(totals.additions_done, totals.additions_asked, "additions done");
  require_equal(totals.sums_carried_in, totals.sums_carried_out,
                "bytes of carried sums that are added to");
  require_equal(totals.dram_bytes_read, totals.burst_bytes_read, "bytes read by the DRAM");
  require_equal(totals.dram_bytes_written, totals.burst_bytes_written, "bytes written by the DRAM");
  require_equal(totals.bytes_stored, totals.bytes_to_store, "bytes of outputs stored");
  require_equal(totals.buffers_written, totals.bytes_loaded,
                "bytes written to the weight and the input buffer");
  require_equal(totals.output_buffer_written, totals.bytes_stored,
                "bytes written to the output buffer");
  require_equal(totals.output_buffer_read, totals.bytes_stored,
                "bytes read from the output buffer");
}

void check_floor(const RunTotals& totals) {
  if (totals.cycles * totals.lines < totals.line_cycles) {
    throw ModelError(fmt::format(
        "{} line-cycles in the units that lines work in are more than {} lines have in {} cycles",
        totals.line_cycles, totals.lines, totals.cycles));
  }
  if (totals.cycles * totals.multipliers < totals.macs_done) {
    throw ModelError(fmt::format("{} cycles are below the floor of {} MACs on {} multipliers",
                                 totals.cycles, totals.macs_done, totals.multipliers));
  }
  const auto cycles_of = [](std::uint64_t work, std::uint64_t width) {
    return ceil_div(work, std::max<std::uint64_t>(width, 1));
  };
  const std::uint64_t left = totals.cycles - cycles_of(totals.macs_done, totals.multipliers);
  if (left * totals.shifters < totals.shifts_done) {
    throw ModelError(
        fmt::format("{} cycles beside those of MACs are below the floor of {} "
                    "shifts on {} shifters",
                    left, totals.shifts_done, totals.shifters));
  }
  const std::uint64_t rest = left - cycles_of(totals.shifts_done, totals.shifters);
  if (rest * totals.adders < totals.additions_done) {
    throw ModelError(
        fmt::format("{} cycles beside those of MACs and shifts are below the floor of {} "
                    "additions on {} add lanes",
                    rest, totals.additions_done, totals.adders));
  }
  const std::uint64_t bytes = totals.dram_bytes_read + totals.dram_bytes_written;
  if (double(totals.dram_clocks) * totals.dram_bytes_per_clock < double(bytes)) {
    throw ModelError(fmt::format("{} DRAM clocks are below the floor of {} bytes at peak bandwidth",
                                 totals.dram_clocks, bytes));
  }
}

}  // namespace vitcod
