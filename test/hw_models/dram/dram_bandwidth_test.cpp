// SPDX-License-Identifier: Apache-2.0
// Clocks a burst of every preset, against what the standard's rules allow. Formulas are of the
// rules in jedec_rules; of each tREFI the controller loses tRFC, and a little more to close and to
// open rows: so nothing is faster than the formula, and little is slower.
#include <algorithm>
#include <catch2/catch.hpp>

#include "hw_models/dram/address_map.hpp"
#include "test/hw_models/dram/dram_bench.hpp"
#include "test/hw_models/dram/dram_traces.hpp"
#include "test/hw_models/dram/jedec_rules.hpp"

namespace vitcod::test::dram_bandwidth_test {
namespace {

constexpr std::uint32_t kNum = 30000;

/// Clocks a burst, had there been no refreshes.
double clocks_a_burst(const DramConfig& config, const JedecRules& rules, const DramTrace& trace,
                      std::uint64_t window = 0) {
  ReplayOptions options;
  options.window = window;
  const double clocks = static_cast<double>(replay(config, trace, options).clocks);
  const double share =
      static_cast<double>(rules.refi - rules.rfc) / static_cast<double>(rules.refi);
  return clocks * share / static_cast<double>(trace.entries.size());
}

/// One burst after the other to what `place` makes of its number.
template <typename Place>
DramTrace trace_of(const DramConfig& config, Place place, bool write = false) {
  const AddressMap map(config);
  DramTrace trace;
  for (std::uint32_t i = 0; i < kNum; ++i) {
    DramCoordinates at;
    place(i, at);
    trace.entries.push_back({map.address_of(0, at), write});
  }
  return trace;
}

/// `measured` is not below `formula`, and above it by no more than the part `tolerance`.
void check_bound(double measured, double formula, double tolerance) {
  CHECK(measured >= formula * 0.999);
  CHECK(measured <= formula * (1 + tolerance));
}

double as_double(std::int64_t clocks) { return static_cast<double>(clocks); }

}  // namespace

TEST_CASE("streams keep the data bus full but for refreshes, reads and writes") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramConfig config = preset(name);
  const JedecRules rules = jedec_rules(name);
  const double burst = as_double(std::max(rules.burst, rules.ccd_s));
  INFO(name);
  check_bound(clocks_a_burst(config, rules, sequential(config, kNum, false)), burst, 0.025);
  check_bound(clocks_a_burst(config, rules, sequential(config, kNum, true)), burst, 0.035);
}

TEST_CASE("hits in one bank are tCCD_L apart") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramConfig config = preset(name);
  const JedecRules rules = jedec_rules(name);
  const DramTrace hits = trace_of(config, [&rules](std::uint32_t i, DramCoordinates& at) {
    at.column = i % rules.bursts_per_row;
  });
  INFO(name);
  check_bound(clocks_a_burst(config, rules, hits), as_double(rules.ccd_l), 0.015);
}

TEST_CASE("conflicts in one bank go once round: open, access, close") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramConfig config = preset(name);
  const JedecRules rules = jedec_rules(name);
  const auto row = [](std::uint32_t i, DramCoordinates& at) { at.row = i % 8192; };
  const std::int64_t read = std::max(rules.ras, rules.rcd_read + rules.rtp) + rules.rp;
  const std::int64_t write = std::max(rules.ras, rules.rcd_write + rules.wr_to_pre) + rules.rp;
  INFO(name);
  check_bound(clocks_a_burst(config, rules, trace_of(config, row)),
              as_double(std::max(rules.rc, read)), 0.006);
  check_bound(clocks_a_burst(config, rules, trace_of(config, row, true)),
              as_double(std::max(rules.rc, write)), 0.006);
}

TEST_CASE("a stride over the rows of two banks of one group goes round in both at once") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramConfig config = preset(name);
  const JedecRules rules = jedec_rules(name);
  const DramTrace trace = trace_of(config, [](std::uint32_t i, DramCoordinates& at) {
    at.bank = i % 2;
    at.row = i / 2 % 8192;
  });
  const std::int64_t read = std::max(rules.ras, rules.rcd_read + rules.rtp) + rules.rp;
  INFO(name);
  check_bound(clocks_a_burst(config, rules, trace), as_double(std::max(rules.rc, read)) / 2, 0.012);
}

TEST_CASE("random accesses are bound by tRRD and tFAW") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramConfig config = preset(name);
  const JedecRules rules = jedec_rules(name);
  const double activate =
      std::max({as_double(rules.rrd_s), as_double(rules.faw) / 4, as_double(rules.burst)});
  INFO(name);
  // Where banks are few for the rate (LPDDR) or writes hold them long, the queue's 32 bursts do not
  // always offer a free one.
  const bool lpddr = name.starts_with("lpddr");
  check_bound(clocks_a_burst(config, rules, random_reads(config, kNum, 5)), activate,
              lpddr ? 0.10 : 0.04);
  if (lpddr) return;
  const DramTrace writes = random_mixed(config, kNum, 6, 16, 1U << 21U);
  check_bound(clocks_a_burst(config, rules, writes), activate, 0.07);
}

TEST_CASE("a stream that turns pays for each turn of the bus") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramConfig config = preset(name);
  const JedecRules rules = jedec_rules(name);
  // Reads and writes in turn, all of them hits, in two banks of each group.
  const DramTrace trace = [&] {
    DramTrace made = trace_of(config, [&rules](std::uint32_t i, DramCoordinates& at) {
      at.bank = i % 2;
      at.bank_group = i / 2 % rules.bank_groups;
      at.column = i / 2 / rules.bank_groups % rules.bursts_per_row;
    });
    for (std::size_t i = 1; i < made.entries.size(); i += 2) made.entries[i].write = true;
    return made;
  }();
  // A batch of writes goes from the high watermark to the low one; as many reads come between.
  const double batch =
      config.controller.write_high_watermark - config.controller.write_low_watermark;
  const double turns = as_double(rules.rd_to_wr_l + rules.wr_to_rd_l);
  const double formula = (2 * (batch - 1) * as_double(rules.burst) + turns) / (2 * batch);
  INFO(name);
  CHECK(clocks_a_burst(config, rules, trace) == Approx(formula).epsilon(0.06));
}

TEST_CASE("a closed loop of W hits takes their latency, W at a time") {
  const std::string name = GENERATE(from_range(preset_names()));
  const std::uint32_t window = GENERATE(1U, 2U, 3U);
  const DramConfig config = preset(name);
  const JedecRules rules = jedec_rules(name);
  const DramTrace trace = trace_of(config, [&rules](std::uint32_t i, DramCoordinates& at) {
    at.bank_group = i % rules.bank_groups;
    at.column = i / rules.bank_groups % rules.bursts_per_row;
  });
  const std::int64_t latency = rules.column_length - 1 + rules.read_data + rules.burst;
  INFO(name << ", window " << window);
  check_bound(clocks_a_burst(config, rules, trace, window), as_double(latency) / window, 0.03);
}

}  // namespace vitcod::test::dram_bandwidth_test
