// SPDX-License-Identifier: Apache-2.0
// Does the checker, and does the model, hold every timing parameter to the clock? Each rule of each
// preset is shortened by one clock, which must be caught as illegal, and lengthened by one, which
// must be caught as lax: some rule that commands used to meet exactly is then never met exactly.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/base/errors.hpp"
#include "test/hw_models/dram/dram_bench.hpp"
#include "test/hw_models/dram/dram_traces.hpp"
#include "test/hw_models/dram/log_checks.hpp"

namespace vitcod::test::dram_mutation_test {
namespace {

struct Scenario {
  DramConfig config;
  DramTrace trace;
};

/// Refreshes come often, so that few requests see many.
std::uint32_t short_interval(const DramConfig& config) {
  return config.refresh.all_bank_clocks + 331;
}

/// Settings and traffic under which each rule decides the clock of some command.
std::vector<Scenario> scenarios(const std::string& name) {
  constexpr std::size_t kNumRequests = 1500;
  const JedecRules rules = jedec_rules(name);
  std::vector<Scenario> list;
  for (const bool closed : {false, true}) {
    for (const bool per_bank : {false, true}) {
      for (const std::uint32_t ranks : {1U, 2U}) {
        if (per_bank && rules.rfc_bank == 0) continue;
        DramConfig config = preset(name);
        config.organization.ranks = ranks;
        config.controller.page_policy = closed ? DramPagePolicy::kClosed : DramPagePolicy::kOpen;
        config.refresh.mode = per_bank ? DramRefreshMode::kPerBank : DramRefreshMode::kAllBank;
        config.refresh.all_bank_interval_clocks = short_interval(config);
        if (per_bank) {
          // As close as they can come, and with room for an ACT as soon as one is over.
          config.refresh.per_bank_interval_clocks =
              static_cast<std::uint32_t>(closed ? rules.rfc_bank + 37 : rules.rfc_bank / 4);
        }
        for (NamedTrace& traffic : all_traffic(config, kNumRequests, 5)) {
          list.push_back({config, std::move(traffic.trace)});
        }
      }
    }
  }
  return list;
}

/// All scenarios of a preset, run with what `mutate` makes of their settings.
template <typename Mutate>
LogVerdict run_all(const std::string& name, const std::vector<Scenario>& list, Mutate mutate) {
  JedecRules rules = jedec_rules(name);
  rules.refi = short_interval(preset(name));
  ReplayOptions options;
  options.log_commands = true;
  options.log_latencies = true;
  LogVerdict all;
  for (const Scenario& scenario : list) {
    DramConfig config = scenario.config;
    mutate(config);
    LogVerdict verdict;
    try {
      const ReplayResult result = replay(config, scenario.trace, options);
      verdict = check_log(rules, config, scenario.trace, result);
    } catch (const ModelError& error) {  // the model itself looks after its data bus
      verdict.violations.emplace_back(error.what());
    }
    for (const auto& [rule, slack] : verdict.slack) {
      const auto [entry, added] = all.slack.try_emplace(rule, slack);
      entry->second = std::min(entry->second, slack);
    }
    all.violations.insert(all.violations.end(), verdict.violations.begin(),
                          verdict.violations.end());
    if (!all.violations.empty()) break;
  }
  return all;
}

using Names = std::set<std::string>;

Names met_exactly(const LogVerdict& verdict) {
  Names rules;
  for (const auto& [rule, slack] : verdict.slack) {
    if (slack == 0) rules.insert(rule);
  }
  return rules;
}

bool is_bus_rule(const std::string& rule) { return rule.starts_with("command bus"); }

/// Rules that no command waits for in any scenario, because other rules or the controller's ways
/// keep the two further apart.
Names never_met(const std::string& name) {
  // Refreshes are an interval apart; after one, a bank must be opened before it can be closed; a
  // PREA is always for a REF.
  Names rules = {"tRFC before REF", "tRFCpb before REFPB", "PRE after REF", "tRPab"};
  if (name == "hbm2-2000-pc") rules.insert("tFAW");  // four tRRD are 16 clocks, tFAW is 15
  if (name.starts_with("lpddr")) rules.insert("tRP after RDA before REFPB");  // rows say "before
  if (name == "lpddr5-6400") rules.insert("tRP after WRA before REFPB");      // ACT" in one breath
  return rules;
}

/// The row from a write to a read of another rank is 1 clock in all presets, which the command bus
/// takes: the read's data comes late enough.
std::string idle_row(const std::string& name) {
  return name.starts_with("hbm2") ? "write to read, two ranks" : "tRTRS, write to read";
}

/// Rows that other rows make superfluous when they are a clock shorter.
Names hidden_if_shorter(const std::string& name) {
  const std::string idle = idle_row(name);
  if (name.starts_with("ddr4")) return {idle, "tRP, all banks"};  // a PREA is always for a REF
  if (name.starts_with("lpddr")) return {idle, "tFAW"};           // four tRRD are as long
  if (name == "hbm2-2000-pc") return {idle, "tRP, all banks", "tFAW", "tRRD_L"};  // is tRRD_S
  return {idle, "tRP, all banks", "tCCD_L, reads", "tCCD_L, writes"};  // tCCD_L is tCCD_S
}

/// Rows that have no effect even when they are a clock longer.
Names hidden_if_longer(const std::string& name) {
  const std::string idle = idle_row(name);
  if (name.starts_with("ddr4")) return {idle, "tRP, all banks"};
  if (name == "hbm2-2000-legacy") return {"tRP, all banks"};
  if (name == "hbm2-2000-pc") return {idle, "tRP, all banks", "tFAW"};
  return {idle};
}

/// Names of the rows that one clock more (or less) does not show of, in any scenario.
template <typename IsCaught>
Names not_caught(const std::string& name, std::uint32_t change, IsCaught is_caught) {
  const std::vector<Scenario> list = scenarios(name);
  const DramConfig original = preset(name);
  Names rules;
  for (std::size_t i = 0; i < original.timing.size(); ++i) {
    const auto mutate = [i, change](DramConfig& config) { config.timing[i].clocks += change; };
    if (!is_caught(run_all(name, list, mutate))) rules.insert(original.timing[i].rule);
  }
  return rules;
}

}  // namespace

TEST_CASE("unchanged presets are legal and meet every rule exactly that can be met") {
  const std::string name = GENERATE(from_range(preset_names()));
  const LogVerdict verdict = run_all(name, scenarios(name), [](DramConfig&) {});
  INFO(name << ": " << (verdict.violations.empty() ? "" : verdict.violations.front()));
  REQUIRE(verdict.violations.empty());
  for (const auto& [rule, slack] : verdict.slack) {
    INFO(rule << ": " << slack);
    CHECK((slack == 0 || is_bus_rule(rule) || never_met(name).count(rule) == 1));
  }
}

TEST_CASE("a timing rule that is a clock too short breaks the standard") {
  const std::string name = GENERATE(from_range(preset_names()));
  INFO(name);
  const Names hidden =
      not_caught(name, ~0U, [](const LogVerdict& verdict) { return !verdict.violations.empty(); });
  CHECK(hidden == hidden_if_shorter(name));
}

TEST_CASE("a timing rule that is a clock too long is never met exactly") {
  const std::string name = GENERATE(from_range(preset_names()));
  INFO(name);
  const Names tight = met_exactly(run_all(name, scenarios(name), [](DramConfig&) {}));
  const Names hidden = not_caught(name, 1, [&tight](const LogVerdict& verdict) {
    return !verdict.violations.empty() || met_exactly(verdict) != tight;
  });
  CHECK(hidden == hidden_if_longer(name));
}

TEST_CASE("a wrong data latency or length of a command is caught") {
  const std::string name = GENERATE(from_range(preset_names()));
  using Member = std::uint32_t DramCommandTiming::*;
  std::vector<Member> members = {&DramCommandTiming::read_data_clocks,
                                 &DramCommandTiming::write_data_clocks,
                                 &DramCommandTiming::burst_span_clocks};
  if (name == "lpddr4-3200") {  // where the command bus is scarce
    members.insert(members.end(),
                   {&DramCommandTiming::activate_clocks, &DramCommandTiming::column_clocks,
                    &DramCommandTiming::precharge_clocks});
  }
  const std::vector<Scenario> list = scenarios(name);
  const Names tight = met_exactly(run_all(name, list, [](DramConfig&) {}));
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (const std::uint32_t change : {1U, ~0U}) {
      const Member member = members[i];
      const LogVerdict verdict = run_all(
          name, list, [member, change](DramConfig& config) { config.commands.*member += change; });
      INFO(name << ", member " << i << (change == 1 ? ", longer" : ", shorter"));
      CHECK((!verdict.violations.empty() || met_exactly(verdict) != tight));
    }
  }
}

}  // namespace vitcod::test::dram_mutation_test
