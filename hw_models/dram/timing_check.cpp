// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/timing_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

using Scopes = std::uint32_t;  ///< levels whose rules bind two commands, one bit each
constexpr Scopes bit(DramLevel level) { return 1U << static_cast<std::uint32_t>(level); }
constexpr Scopes kSameRank = bit(DramLevel::kRank) | bit(DramLevel::kChannel);
constexpr Scopes kSameGroup = kSameRank | bit(DramLevel::kBankGroup);
constexpr Scopes kSameBank = kSameGroup | bit(DramLevel::kBank);
constexpr Scopes kTwoRanks = bit(DramLevel::kOtherRank) | bit(DramLevel::kChannel);

/// The strongest rule between two commands.
struct Bond {
  std::uint64_t clocks = 0;
  std::size_t index = 0;                 ///< in the list of rules
  const DramTimingRule* rule = nullptr;  ///< null: there is none
};

Bond bond(const DramConfig& config, DramCommand after, DramCommand before, Scopes scopes) {
  Bond strongest;
  for (std::size_t i = 0; i < config.timing.size(); ++i) {
    const DramTimingRule& rule = config.timing[i];
    if (rule.window != 1 || (bit(rule.level) & scopes) == 0) continue;
    if (!rule.after.contains(after) || !rule.before.contains(before)) continue;
    if (rule.clocks > strongest.clocks) strongest = {rule.clocks, i, &rule};
  }
  return strongest;
}

/// Rules one after the other, as a sum of clocks.
struct Chain {
  std::uint64_t clocks = 0;
  std::vector<std::string> names;

  void add(const Bond& link) {
    if (link.rule == nullptr) return;
    clocks += link.clocks;
    names.push_back(fmt::format("{} ({})", link.rule->rule, link.clocks));
  }
  void add(const Chain& other) {
    clocks += other.clocks;
    names.insert(names.end(), other.names.begin(), other.names.end());
  }
};

Chain longer(Chain a, Chain b) { return a.clocks >= b.clocks ? std::move(a) : std::move(b); }

void check_pair(const DramConfig& config, DramCommand after, DramCommand before, Scopes scopes,
                const char* where) {
  const DramCommandTiming& commands = config.commands;
  const auto data = [&commands](DramCommand command) -> std::int64_t {
    return is_write(command) ? commands.write_data_clocks : commands.read_data_clocks;
  };
  const Bond link = bond(config, after, before, scopes);
  // The command bus alone keeps two commands apart as well.
  const auto apart =
      static_cast<std::int64_t>(std::max<std::uint64_t>(link.clocks, commands.column_clocks));
  const std::int64_t least = data(after) + commands.burst_clocks - data(before);
  if (apart >= least) return;
  const std::string expected = fmt::format(
      "expected at least {} from {} to {} in {}: their bursts "
      "would meet on the data bus",
      least, name_of(after), name_of(before), where);
  if (link.rule == nullptr) throw ConfigError("/timing", "no rule; " + expected);
  throw ConfigError(fmt::format("/timing/{}/clocks", link.index),
                    fmt::format("{} is {}, {}", link.rule->rule, link.clocks, expected));
}

/// The rules of the widest scope bind all others: two banks of one group keep apart what two groups
/// do, and more.
void check_data_bus(const DramConfig& config) {
  const DramOrganization& org = config.organization;
  Scopes widest = kSameBank;
  if (org.banks_per_group > 1) widest = kSameGroup;
  if (org.bank_groups > 1) widest = kSameRank;
  for (const DramCommand before : {DramCommand::kRd, DramCommand::kWr}) {
    for (const DramCommand after :
         {DramCommand::kRd, DramCommand::kRda, DramCommand::kWr, DramCommand::kWra}) {
      const bool closes = after == DramCommand::kRda || after == DramCommand::kWra;
      // Its bank is closed then, and what opens it again takes longer than a burst.
      if (!closes || widest != kSameBank) check_pair(config, after, before, widest, "a rank");
      if (org.ranks > 1) check_pair(config, after, before, kTwoRanks, "two ranks");
    }
  }
  if (config.commands.burst_span_clocks < config.commands.burst_clocks) {
    throw ConfigError("/commands/burst_span_clocks", "expected at least burst_clocks");
  }
}

/// The longest from a command to a row to the refresh of all that it is in.
Chain close_and_refresh(const DramConfig& config, DramCommand close, DramCommand refresh,
                        Scopes scopes) {
  Chain longest;
  for (const DramCommand last : {DramCommand::kAct, DramCommand::kRd, DramCommand::kWr,
                                 DramCommand::kRda, DramCommand::kWra}) {
    const bool closes = last == DramCommand::kRda || last == DramCommand::kWra;
    Chain way;
    if (!closes) {
      way.add(bond(config, last, close, scopes));
      way.add(bond(config, close, refresh, scopes));
    }
    Chain direct;
    direct.add(bond(config, last, refresh, scopes));
    longest = longer(std::move(longest), longer(std::move(way), std::move(direct)));
  }
  return longest;
}

/// From a refresh to the first use of a row.
Chain open_and_use(const DramConfig& config, DramCommand refresh, Scopes scopes) {
  Chain read;
  Chain write;
  read.add(bond(config, DramCommand::kAct, DramCommand::kRd, kSameBank));
  write.add(bond(config, DramCommand::kAct, DramCommand::kWr, kSameBank));
  Chain chain;
  chain.add(bond(config, refresh, DramCommand::kAct, scopes));
  chain.add(longer(std::move(read), std::move(write)));
  return chain;
}

void check_interval(const char* key, std::uint64_t interval, const Chain& chain,
                    const DramConfig& config) {
  const DramCommandTiming& commands = config.commands;
  const std::uint64_t least = chain.clocks + commands.refresh_clocks + commands.activate_clocks +
                              commands.column_clocks + commands.precharge_clocks;
  if (interval >= least) return;
  throw ConfigError(std::string("/refresh/") + key,
                    fmt::format("{} between two refreshes, expected at least {}, to use a row: {} "
                                "and the commands",
                                interval, least, fmt::join(chain.names, " + ")));
}

void check_all_bank_refresh(const DramConfig& config) {
  const DramRefreshConfig& refresh = config.refresh;
  const Bond ends = bond(config, DramCommand::kRef, DramCommand::kAct, kSameRank);
  if (ends.rule != nullptr && ends.clocks != refresh.all_bank_clocks) {
    throw ConfigError("/refresh/all_bank_clocks",
                      fmt::format("{} is not the {} of the rule {}", refresh.all_bank_clocks,
                                  ends.clocks, ends.rule->rule));
  }
  if (refresh.mode != DramRefreshMode::kAllBank) return;
  if (ends.rule == nullptr) {
    throw ConfigError("/refresh/mode", "all_bank: expected a timing rule from REF to ACT");
  }
  Chain chain = open_and_use(config, DramCommand::kRef, kSameRank);
  chain.add(close_and_refresh(config, DramCommand::kPrea, DramCommand::kRef, kSameRank));
  check_interval("all_bank_interval_clocks", refresh.all_bank_interval_clocks, chain, config);
}

void check_per_bank_refresh(const DramConfig& config) {
  const DramRefreshConfig& refresh = config.refresh;
  if (refresh.mode != DramRefreshMode::kPerBank) return;
  if (bond(config, DramCommand::kRefpb, DramCommand::kAct, kSameBank).rule == nullptr) {
    throw ConfigError("/refresh/mode", "per_bank: expected a timing rule from REFPB to ACT");
  }
  const std::uint64_t interval = refresh.per_bank_interval_clocks;
  const Bond next = bond(config, DramCommand::kRefpb, DramCommand::kRefpb, kSameRank);
  if (next.clocks > interval) {
    throw ConfigError(
        "/refresh/per_bank_interval_clocks",
        fmt::format("{} is less than the rule {}, {}", interval, next.rule->rule, next.clocks));
  }
  Chain chain = open_and_use(config, DramCommand::kRefpb, kSameBank);
  chain.add(close_and_refresh(config, DramCommand::kPre, DramCommand::kRefpb, kSameBank));
  check_interval("per_bank_interval_clocks", interval * config.organization.banks_per_rank(), chain,
                 config);
}

}  // namespace

void check_timing(const DramConfig& config) {
  check_data_bus(config);
  check_all_bank_refresh(config);
  check_per_bank_refresh(config);
}

}  // namespace vitcod
