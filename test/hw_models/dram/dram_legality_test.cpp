// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "test/hw_models/dram/dram_bench.hpp"
#include "test/hw_models/dram/dram_traces.hpp"
#include "test/hw_models/dram/log_checks.hpp"

namespace vitcod::test::dram_legality_test {
namespace {

void require_legal(const std::string& name, const DramConfig& config, const NamedTrace& traffic,
                   std::uint64_t window = 0) {
  ReplayOptions options;
  options.window = window;
  options.log_commands = true;
  options.log_latencies = true;
  const ReplayResult result = replay(config, traffic.trace, options);
  const LogVerdict verdict = check_log(jedec_rules(name), config, traffic.trace, result);
  INFO(name << ", " << config.organization.channels << " channels, " << traffic.name << ": "
            << (verdict.violations.empty() ? "" : verdict.violations.front()));
  REQUIRE(verdict.violations.empty());
}

}  // namespace

TEST_CASE("every preset serves every kind of traffic by the standard's rules") {
  const std::string name = GENERATE(from_range(preset_names()));
  const std::uint32_t channels = GENERATE(1U, 4U);
  const DramConfig config = preset(name, channels);
  for (const NamedTrace& traffic : all_traffic(config, 6000, 11)) {
    require_legal(name, config, traffic);
  }
}

TEST_CASE("every page policy and way of refreshing is legal, on one channel and on four") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramPagePolicy policy =
      GENERATE(DramPagePolicy::kOpen, DramPagePolicy::kClosed, DramPagePolicy::kTimeout);
  const DramRefreshMode mode =
      GENERATE(DramRefreshMode::kOff, DramRefreshMode::kAllBank, DramRefreshMode::kPerBank);
  if (mode == DramRefreshMode::kPerBank && jedec_rules(name).rfc_bank == 0) return;
  for (const std::uint32_t channels : {1U, 4U}) {
    const std::uint32_t ranks = channels == 1 ? 2 : 1;
    DramConfig config = preset(name, channels);
    config.organization.ranks = ranks;
    config.controller.page_policy = policy;
    config.controller.page_timeout_clocks = 100;
    config.refresh.mode = mode;
    for (const NamedTrace& traffic : all_traffic(config, 1500 * channels, 12)) {
      require_legal(name, config, traffic);
    }
  }
}

TEST_CASE("small queues, a short age bound and a window are legal and starve nobody") {
  const std::string name = GENERATE(from_range(preset_names()));
  DramConfig config = preset(name, 2);
  config.controller.read_queue_depth = 3;
  config.controller.write_queue_depth = 2;
  config.controller.write_high_watermark = 2;
  config.controller.write_low_watermark = 1;
  config.controller.age_bound_clocks = GENERATE(0U, 200U);
  const std::uint64_t window = GENERATE(0U, 1U, 4U);
  for (const NamedTrace& traffic : all_traffic(config, 1500, 13)) {
    require_legal(name, config, traffic, window);
  }
}

}  // namespace vitcod::test::dram_legality_test
