// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/dram/log_checks.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <tuple>

#include "sim/base/errors.hpp"
#include "test/hw_models/dram/command_checker.hpp"

namespace vitcod::test {
namespace {

/// Channel, rank, bank group, bank, row, column, write.
using Access = std::array<std::uint64_t, 7>;

/// interleaved: offset, channel, bank group, column, bank, (rank,) row, by division.
Access access_of(const JedecRules& rules, const DramConfig& config, const DramTrace::Entry& entry) {
  std::uint64_t left = entry.address / rules.burst_bytes;
  const auto take = [&left](std::uint64_t count) {
    check(count > 0, "a memory has at least one of each part");
    const std::uint64_t value = left % count;
    left /= count;
    return value;
  };
  Access access{};
  access[0] = take(config.organization.channels);
  access[2] = take(rules.bank_groups);
  access[5] = take(rules.bursts_per_row);
  access[3] = take(rules.banks_per_group);
  access[1] = take(config.organization.ranks);
  access[4] = take(rules.rows);
  access[6] = entry.write ? 1 : 0;
  return access;
}

void check_served(const JedecRules& rules, const DramConfig& config, const DramTrace& trace,
                  const ReplayResult& result, LogVerdict& verdict) {
  std::map<Access, std::int64_t> open;
  for (const DramTrace::Entry& entry : trace.entries) ++open[access_of(rules, config, entry)];
  for (const auto& [channel, record] : result.commands) {
    if (!is_column(record.command)) continue;
    const bool write = record.command == DramCommand::kWr || record.command == DramCommand::kWra;
    const DramCoordinates& at = record.at;
    --open[{channel, at.rank, at.bank_group, at.bank, at.row, at.column, write ? 1U : 0U}];
  }
  for (const auto& [access, count] : open) {
    if (count == 0) continue;
    verdict.violations.push_back("row " + std::to_string(access[4]) + ", column " +
                                 std::to_string(access[5]) + ": served " + std::to_string(-count) +
                                 " times too often");
  }
}

/// The longest that one burst can hold up another: all the way through a bank, and the other
/// channel's commands on a shared bus.
std::int64_t longest_way(const JedecRules& rules) {
  const std::int64_t commands = rules.pre_length + rules.act_length + rules.column_length;
  return rules.ras + rules.wr_to_pre + rules.rp_all + rules.faw +
         std::max(rules.rcd_read, rules.rcd_write) + rules.wr_to_rd_l + rules.rd_to_wr_l +
         commands * rules.channels_per_bus;
}

/// The bound of the page: a burst waits for the age bound and for the bursts of both queues, once
/// outside for a burst of the other direction and once in its queue, besides refreshes.
void check_progress(const JedecRules& rules, const DramConfig& config, const ReplayResult& result,
                    LogVerdict& verdict) {
  const DramControllerConfig& policy = config.controller;
  const auto bursts = std::int64_t{policy.read_queue_depth} + policy.write_queue_depth;
  const std::int64_t wait = policy.age_bound_clocks + bursts * longest_way(rules);
  const std::int64_t refresh = std::max(rules.rfc, rules.rfc_bank) + longest_way(rules);
  const bool all_bank = config.refresh.mode == DramRefreshMode::kAllBank;
  const std::int64_t interval =
      all_bank ? rules.refi
               : config.refresh.per_bank_interval_clocks * config.organization.banks_per_rank();
  const std::int64_t refreshes = 2 * wait / std::max(interval - refresh, interval / 4) + 2;
  const auto bound = static_cast<Cycle>(2 * wait + refreshes * refresh);
  for (std::size_t id = 0; id < result.requests.size(); ++id) {
    const RequestClocks& clocks = result.requests[id];
    if (clocks.done - clocks.accepted <= bound) continue;
    verdict.violations.push_back("request " + std::to_string(id) + " starved");
  }
}

/// JEDEC lets at most 9 intervals pass between two refreshes; this model postpones none, so a
/// refresh comes within its interval and the time to close the banks.
void check_refreshes(const JedecRules& rules, const DramConfig& config, const ReplayResult& result,
                     LogVerdict& verdict) {
  if (config.refresh.mode == DramRefreshMode::kOff) return;
  const bool per_bank = config.refresh.mode == DramRefreshMode::kPerBank;
  const std::uint64_t interval =
      per_bank ? config.refresh.per_bank_interval_clocks : static_cast<std::uint64_t>(rules.refi);
  const std::uint64_t banks = config.organization.banks_per_rank();
  const auto late = static_cast<std::uint64_t>(rules.ras + rules.wr_to_pre + rules.rp_all +
                                               (per_bank ? rules.rfc_bank + rules.faw : 0) + 64);
  // A mutation test asks for more refreshes of banks than there is time for.
  const bool is_feasible = !per_bank || interval > late;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> num;
  for (const auto& [channel, record] : result.commands) {
    if (record.command != (per_bank ? DramCommand::kRefpb : DramCommand::kRef)) continue;
    const std::uint32_t rank = record.at.rank;
    const std::uint64_t done_before = num[{channel, rank}]++;
    const std::uint64_t due =
        (done_before + 1) * interval + interval * rank / config.organization.ranks;
    const std::uint64_t bank =
        record.at.bank_group * config.organization.banks_per_group + record.at.bank;
    if (per_bank && bank != done_before % banks) {
      verdict.violations.push_back("clock " + std::to_string(record.clock) +
                                   ": refresh of a bank out of turn");
    }
    if (record.clock < due || (is_feasible && record.clock > due + late)) {
      verdict.violations.push_back("clock " + std::to_string(record.clock) +
                                   ": a refresh was due at " + std::to_string(due));
    }
  }
  for (std::uint32_t channel = 0; is_feasible && channel < config.organization.channels;
       ++channel) {
    const std::uint64_t seen = num[{channel, 0}];
    if (result.clocks > late && seen < (result.clocks - late) / interval) {
      verdict.violations.push_back("refreshes are missing");
    }
  }
}

void check_clocks(const JedecRules& rules, const DramTrace& trace, const ReplayResult& result,
                  LogVerdict& verdict) {
  std::vector<std::uint64_t> from_log;
  for (const auto& [channel, record] : result.commands) {
    if (!is_column(record.command)) continue;
    const bool write = record.command == DramCommand::kWr || record.command == DramCommand::kWra;
    const std::int64_t data = (write ? rules.write_data : rules.read_data) + rules.burst;
    from_log.push_back(record.clock + static_cast<std::uint64_t>(data));
  }
  std::vector<std::uint64_t> done;
  for (std::size_t id = 0; id < result.requests.size(); ++id) {
    const RequestClocks& clocks = result.requests[id];
    const bool write = trace.entries[id].write;
    const auto least =
        static_cast<std::uint64_t>((write ? rules.write_data : rules.read_data) + rules.burst);
    if (clocks.done < clocks.accepted + least) {
      verdict.violations.push_back("request " + std::to_string(id) + " was done too soon");
    }
    done.push_back(clocks.done);
  }
  std::sort(from_log.begin(), from_log.end());
  std::sort(done.begin(), done.end());
  if (from_log != done) verdict.violations.push_back("the requests' clocks do not fit the log");
}

}  // namespace

LogVerdict check_log(const JedecRules& rules, const DramConfig& config, const DramTrace& trace,
                     const ReplayResult& result) {
  LogVerdict verdict;
  std::vector<CommandChecker> checkers;
  std::shared_ptr<BusClocks> buses;
  for (std::uint32_t channel = 0; channel < config.organization.channels; ++channel) {
    if (channel % rules.channels_per_bus == 0) buses = std::make_shared<BusClocks>();
    checkers.emplace_back(rules, config.organization.ranks, buses);
  }
  for (const auto& [channel, record] : result.commands) checkers.at(channel).check(record);
  for (const CommandChecker& checker : checkers) {
    verdict.violations.insert(verdict.violations.end(), checker.violations().begin(),
                              checker.violations().end());
    for (const auto& [rule, slack] : checker.slack()) {
      const auto [entry, added] = verdict.slack.try_emplace(rule, slack);
      entry->second = std::min(entry->second, slack);
    }
  }
  check_served(rules, config, trace, result, verdict);
  check_refreshes(rules, config, result, verdict);
  check_clocks(rules, trace, result, verdict);
  check_progress(rules, config, result, verdict);
  return verdict;
}

}  // namespace vitcod::test
