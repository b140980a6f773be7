// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <catch2/catch.hpp>

#include "test/hw_models/dram/dram_bench.hpp"
#include "test/hw_models/dram/dram_traces.hpp"
#include "test/hw_models/dram/log_checks.hpp"

namespace vitcod::test {
namespace {

void require_legal(const std::string& name, const DramConfig& config, const NamedTrace& traffic) {
  ReplayOptions options;
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

TEST_CASE("every policy is legal") {
  const std::string name = GENERATE(from_range(preset_names()));
  const DramPagePolicy policy =
      GENERATE(DramPagePolicy::kOpen, DramPagePolicy::kClosed, DramPagePolicy::kTimeout);
  const std::uint32_t ranks = GENERATE(1U, 2U);
  DramConfig config = preset(name, 1);
  // Ranks share a bus only where the standard's rules for that are at hand.
  config.organization.ranks = jedec_rules(name).rank_rd_to_rd > 0 ? ranks : 1;
  config.controller.page_policy = policy;
  config.controller.page_timeout_clocks = 100;
  const bool has_bank_refresh = jedec_rules(name).rfc_bank > 0;
  if (has_bank_refresh && ranks == 2) config.refresh.mode = DramRefreshMode::kPerBank;
  for (const NamedTrace& traffic : all_traffic(config, 3000, 12)) {
    require_legal(name, config, traffic);
  }
}

}  // namespace vitcod::test
