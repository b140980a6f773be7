// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "hw_models/dram/address_map.hpp"
#include "hw_models/dram/burst_queue.hpp"
#include "hw_models/dram/clock_formula.hpp"
#include "hw_models/dram/dram_energy.hpp"
#include "hw_models/dram/timing_check.hpp"

namespace vitcod {
namespace {

constexpr std::array<std::pair<std::string_view, DramLevel>, 5> kLevelNames = {{
    {"bank", DramLevel::kBank},
    {"bank_group", DramLevel::kBankGroup},
    {"rank", DramLevel::kRank},
    {"channel", DramLevel::kChannel},
    {"other_rank", DramLevel::kOtherRank},
}};

constexpr std::array<std::pair<std::string_view, DramRefreshMode>, 3> kRefreshNames = {{
    {"off", DramRefreshMode::kOff},
    {"all_bank", DramRefreshMode::kAllBank},
    {"per_bank", DramRefreshMode::kPerBank},
}};

constexpr std::array<std::pair<std::string_view, DramPagePolicy>, 3> kPagePolicyNames = {{
    {"open", DramPagePolicy::kOpen},
    {"closed", DramPagePolicy::kClosed},
    {"timeout", DramPagePolicy::kTimeout},
}};

/// kDramCommandNames as a name table.
const std::array<std::pair<std::string_view, DramCommand>, kNumDramCommands> kCommandNames = [] {
  std::array<std::pair<std::string_view, DramCommand>, kNumDramCommands> names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = {kDramCommandNames[i], static_cast<DramCommand>(i)};
  }
  return names;
}();

void read_commands(ConfigReader& reader, std::string_view key, DramCommandSet& set,
                   std::string_view meaning) {
  std::vector<DramCommand> commands;
  reader.required_enum_list(key, commands, EnumNames<DramCommand>(kCommandNames), meaning,
                            Length{1});
  for (const DramCommand command : commands) set.insert(command);
}

constexpr std::uint32_t kMostPower = 1U << 20U;

void read_power(ConfigReader& reader, std::string_view key, std::uint32_t& value,
                std::string_view meaning, std::uint32_t most = kMostPower) {
  reader.required(key, value, meaning, Range<std::uint32_t>{1, most});
  if (reader.is_describing()) return;
  reader.require(std::has_single_bit(value), key, "expected a power of two");
}

bool has_rank_wide(DramCommandSet set) {
  return set.contains(DramCommand::kPrea) || set.contains(DramCommand::kRef);
}

void require(bool ok, const char* pointer, const std::string& message) {
  if (!ok) throw ConfigError(pointer, message);
}

using ClockRange = Range<std::uint32_t>;

/// Numbers of clocks that were written as formulas, until all that they name has been read.
class PendingClocks {
 public:
  void add(std::string pointer, std::string formula, ClockRange range, std::uint32_t& clocks) {
    entries_.push_back({std::move(pointer), std::move(formula), range, &clocks});
  }
  void solve(const ClockNames& names) const {
    for (const Entry& entry : entries_) {
      try {
        solve(entry, names);
      } catch (const ConfigError& error) {
        throw ConfigError(entry.pointer, error.message());
      }
    }
  }

 private:
  struct Entry {
    std::string pointer;
    std::string formula;
    ClockRange range;
    std::uint32_t* clocks = nullptr;
  };

  static void solve(const Entry& entry, const ClockNames& names) {
    const std::int64_t value = evaluate_formula(entry.formula, names);
    if (value < entry.range.min || value > entry.range.max) {
      throw ConfigError("", fmt::format("formula \"{}\" is {}, expected {} to {}", entry.formula,
                                        value, entry.range.min, entry.range.max));
    }
    *entry.clocks = static_cast<std::uint32_t>(value);
  }

  std::vector<Entry> entries_;
};

/// A part of the configuration while it is read, with its place in the document.
template <typename Part>
struct Draft {
  Part& part;
  std::string pointer;
  PendingClocks& pending;
};

void read_clocks(ConfigReader& reader, std::string_view key, std::uint32_t& clocks,
                 const std::string& pointer, PendingClocks& pending, std::string_view meaning,
                 ClockRange range) {
  std::optional<std::uint32_t> number;
  std::string formula;
  reader.required_formula(key, number, formula, meaning, range);
  clocks = number.value_or(0);
  if (!number) pending.add(pointer + "/" + std::string(key), std::move(formula), range, clocks);
}

/// A rule while it is read: its place in the list is not known yet.
struct RuleDraft {
  DramTimingRule rule;
  std::optional<std::uint32_t> clocks;
  std::string formula;
};

/// JEDEC's longest, tRFC, is below 2,000. Each command may wait for a rule, and a stepped run
/// visits each clock of the wait.
constexpr ClockRange kRuleClocks{1, 1U << 14U};

void read(ConfigReader& reader, Draft<DramCommandTiming>& draft) {
  DramCommandTiming& commands = draft.part;
  constexpr std::uint32_t kMaxClocks = 1024;
  const auto at_least = [&](std::uint32_t least) { return ClockRange{least, kMaxClocks}; };
  const auto& [part, at, pending] = draft;
  read_clocks(reader, "read_data_clocks", commands.read_data_clocks, at, pending,
              "RD to first data, clocks", at_least(0));
  read_clocks(reader, "write_data_clocks", commands.write_data_clocks, at, pending,
              "WR to first data, clocks", at_least(0));
  read_clocks(reader, "burst_clocks", commands.burst_clocks, at, pending,
              "data bus time of a burst, clocks", at_least(1));
  read_clocks(reader, "burst_span_clocks", commands.burst_span_clocks, at, pending,
              "first to last data of a burst, clocks", at_least(1));
  read_clocks(reader, "activate_clocks", commands.activate_clocks, at, pending,
              "command bus time of ACT, clocks", at_least(1));
  read_clocks(reader, "column_clocks", commands.column_clocks, at, pending,
              "command bus time of RD, WR, RDA, WRA, clocks", at_least(1));
  read_clocks(reader, "precharge_clocks", commands.precharge_clocks, at, pending,
              "command bus time of PRE, PREA, clocks", at_least(1));
  read_clocks(reader, "refresh_clocks", commands.refresh_clocks, at, pending,
              "command bus time of REF, REFPB, clocks", at_least(1));
  reader.required("split_bus", commands.split_bus, "column commands have their own bus");
  read_power(reader, "channels_per_bus", commands.channels_per_bus,
             "neighbouring channels that share the command bus");
}

void read(ConfigReader& reader, RuleDraft& draft) {
  DramTimingRule& rule = draft.rule;
  constexpr std::uint32_t kMaxWindow = 64;
  reader.required("rule", rule.rule, "the standard's name of the rule");
  reader.required_enum("level", rule.level, EnumNames<DramLevel>(kLevelNames),
                       "scope in which the rule holds");
  read_commands(reader, "after", rule.after, "earlier commands");
  read_commands(reader, "before", rule.before, "later commands");
  reader.required_formula("clocks", draft.clocks, draft.formula, "least distance, clocks",
                          kRuleClocks);
  reader.required("window", rule.window, "counted from the earlier command that is so many back",
                  Range<std::uint32_t>{1, kMaxWindow});
  reader.require(
      rule.level >= DramLevel::kRank || (!has_rank_wide(rule.after) && !has_rank_wide(rule.before)),
      "level", "PREA and REF have no bank: expected rank, channel or other_rank");
  reader.require(rule.window == 1 || rule.level != DramLevel::kOtherRank, "window",
                 "expected 1 between ranks");
  reader.require(
      rule.before.contains(DramCommand::kRd) == rule.before.contains(DramCommand::kRda) &&
          rule.before.contains(DramCommand::kWr) == rule.before.contains(DramCommand::kWra),
      "before", "expected RD and RDA together, and WR and WRA");
}

void read(ConfigReader& reader, Draft<DramRefreshConfig>& draft) {
  DramRefreshConfig& refresh = draft.part;
  constexpr ClockRange kRange{1, 1U << 24U};
  const auto& [part, at, pending] = draft;
  reader.required_enum("mode", refresh.mode, EnumNames<DramRefreshMode>(kRefreshNames),
                       "which refresh commands are used");
  read_clocks(reader, "all_bank_interval_clocks", refresh.all_bank_interval_clocks, at, pending,
              "tREFI: one REF a rank, clocks", kRange);
  read_clocks(reader, "per_bank_interval_clocks", refresh.per_bank_interval_clocks, at, pending,
              "one REFPB a rank, clocks", kRange);
  read_clocks(reader, "all_bank_clocks", refresh.all_bank_clocks, at, pending, "tRFC, clocks",
              kRange);
}

void read(ConfigReader& reader, Draft<DramCurrents>& draft) {
  DramCurrents& currents = draft.part;
  constexpr ClockRange kClocks{1, 4096};
  const auto& [part, at, pending] = draft;
  reader.required_list("supplies", currents.supplies, "currents of each rail", Length{1});
  read_clocks(reader, "activate_active_clocks", currents.activate_active_clocks, at, pending,
              "part of the idd0 loop with the bank open (tRAS), clocks", kClocks);
  read_clocks(reader, "activate_precharge_clocks", currents.activate_precharge_clocks, at, pending,
              "part of the idd0 loop with the bank closed (tRP), clocks", kClocks);
}

/// The rules without the numbers that are still pending.
std::vector<DramTimingRule> rules_of(std::vector<RuleDraft>& drafts, PendingClocks& pending) {
  std::vector<DramTimingRule> rules(drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    rules[i] = std::move(drafts[i].rule);
    if (drafts[i].clocks) {
      rules[i].clocks = *drafts[i].clocks;
    } else {
      pending.add("/timing/" + std::to_string(i) + "/clocks", std::move(drafts[i].formula),
                  kRuleClocks, rules[i].clocks);
    }
  }
  return rules;
}

constexpr std::string_view kBurstName = "nBL";  ///< the burst length, which formulas can name

void check_names(const ClockNames& names) {
  for (const auto& [name, number] : names) {
    if (is_clock_name(name) && name != kBurstName) continue;
    throw ConfigError("", name == kBurstName
                              ? "is /organization/burst_length"
                              : "expected a name of letters, digits and _, not max or min")
        .under(name)
        .under("parameters");
  }
}

void check_organization(const DramOrganization& org) {
  for (const std::uint32_t count : {org.channels, org.ranks, org.bank_groups, org.banks_per_group,
                                    org.rows, org.columns, org.burst_length, org.bus_width_bits}) {
    require(std::has_single_bit(count), "/organization", "expected powers of two");
  }
  const auto bits = [](std::uint32_t count) { return std::countr_zero(count); };
  require(bits(org.ranks) + bits(org.bank_groups) + bits(org.banks_per_group) <=
              bits(BurstQueue::kMaxBanks),
          "/organization", "expected at most 64 banks a channel, over all ranks");
  require(org.columns >= org.burst_length, "/organization/columns",
          "expected at least burst_length");
  require(org.bus_width_bits % 8 == 0, "/organization/bus_width_bits", "expected whole bytes");
  constexpr int kBurstBits = 16;
  require(bits(org.burst_length) + bits(org.bus_width_bits / 8) <= kBurstBits, "/organization",
          "expected a burst of at most 65536 bytes (burst_length x bus_width_bits / 8)");
  constexpr int kAddressBits = 60;
  require(bits(org.num_banks()) + bits(org.rows) + bits(org.bursts_per_row()) + bits(org.channels) +
                  bits(org.burst_bytes()) <=
              kAddressBits,
          "/organization", "expected at most 2^60 bytes in all channels");
}

}  // namespace

std::uint32_t DramCommandTiming::command_clocks(DramCommand command) const {
  switch (command) {
    case DramCommand::kAct:
      return activate_clocks;
    case DramCommand::kRd:
    case DramCommand::kWr:
    case DramCommand::kRda:
    case DramCommand::kWra:
      return column_clocks;
    case DramCommand::kPre:
    case DramCommand::kPrea:
      return precharge_clocks;
    case DramCommand::kRef:
    case DramCommand::kRefpb:
      break;
  }
  return refresh_clocks;
}

std::uint64_t DramConfig::peak_bytes_per_second() const {
  return clock_khz * 1000 * organization.channels * organization.burst_bytes() /
         commands.burst_clocks;
}

void read(ConfigReader& reader, DramOrganization& organization) {
  constexpr std::uint32_t kMostChannels = 1024;
  read_power(reader, "channels", organization.channels, "independent (pseudo) channels",
             kMostChannels);
  read_power(reader, "ranks", organization.ranks, "ranks a channel");
  read_power(reader, "bank_groups", organization.bank_groups, "bank groups a rank");
  read_power(reader, "banks_per_group", organization.banks_per_group, "banks a bank group");
  read_power(reader, "rows", organization.rows, "rows a bank");
  read_power(reader, "columns", organization.columns, "columns a row, one a beat of the bus");
  read_power(reader, "burst_length", organization.burst_length, "beats a burst");
  read_power(reader, "bus_width_bits", organization.bus_width_bits, "data bus of a channel, bits");
  reader.required("chips", organization.chips, "chips that share the bus, a rank",
                  Range<std::uint32_t>{1, 64});
}

void read(ConfigReader& reader, DramControllerConfig& controller) {
  constexpr Range<std::uint32_t> kDepth{1, 16384};
  constexpr Range<std::uint32_t> kClocks{0, 1U << 24U};
  // Every load waits for it, and a stepped run visits each clock of the wait.
  constexpr Range<std::uint32_t> kResponseClocks{0, 1U << 16U};
  reader.required("read_queue_depth", controller.read_queue_depth, "reads that can wait, bursts",
                  kDepth);
  reader.required("write_queue_depth", controller.write_queue_depth, "writes that can wait, bursts",
                  kDepth);
  reader.required("write_high_watermark", controller.write_high_watermark,
                  "queued writes at which writes go first, bursts", kDepth);
  reader.required("write_low_watermark", controller.write_low_watermark,
                  "queued writes at which reads go first again, bursts", kClocks);
  reader.required("age_bound_clocks", controller.age_bound_clocks,
                  "wait after which a burst goes before all others, clocks", kClocks);
  reader.required_enum("page_policy", controller.page_policy,
                       EnumNames<DramPagePolicy>(kPagePolicyNames), "when an open row is closed");
  reader.required("page_timeout_clocks", controller.page_timeout_clocks,
                  "clocks without access, for the timeout policy", kClocks);
  reader.required("response_clocks", controller.response_clocks,
                  "controller's constant, last data to response, clocks", kResponseClocks);
  reader.required("response_depth", controller.response_depth,
                  "runs whose data is in flight or whose response waits", kDepth);
  reader.require(controller.write_high_watermark <= controller.write_queue_depth,
                 "write_high_watermark", "expected at most write_queue_depth");
  reader.require(controller.write_low_watermark < controller.write_high_watermark,
                 "write_low_watermark", "expected less than write_high_watermark");
}

void read(ConfigReader& reader, DramSupply& supply) {
  constexpr Range<double> kAmount{0, 100000};
  reader.required("name", supply.name, "the rail");
  reader.required("volts", supply.volts, "voltage, V", kAmount);
  reader.required("idd0", supply.idd0, "activate and precharge every tRC, mA a chip", kAmount);
  reader.required("idd2n", supply.idd2n, "standby, all banks closed, mA a chip", kAmount);
  reader.required("idd3n", supply.idd3n, "standby, a bank open, mA a chip", kAmount);
  reader.required("idd4r", supply.idd4r, "reads without a gap, mA a chip", kAmount);
  reader.required("idd4w", supply.idd4w, "writes without a gap, mA a chip", kAmount);
  reader.required("idd5", supply.idd5, "refreshes without a gap, mA a chip", kAmount);
}

void read(ConfigReader& reader, DramConfig& config) {
  constexpr std::uint64_t kMaxClockKhz = 100'000'000;
  ClockNames names;
  PendingClocks pending;
  std::vector<RuleDraft> rules;
  Draft<DramCommandTiming> commands{config.commands, "/commands", pending};
  Draft<DramRefreshConfig> refresh{config.refresh, "/refresh", pending};
  Draft<DramCurrents> currents{config.currents, "/currents", pending};
  reader.required("source", config.source, "where the numbers come from");
  reader.required("clock_khz", config.clock_khz, "command clock, kHz",
                  Range<std::uint64_t>{1, kMaxClockKhz});
  reader.required_object("organization", config.organization, "shape of the memory");
  reader.optional_map("parameters", names, "numbers that formulas name, most often clocks",
                      ClockRange{0, 1U << 24U});
  reader.required_object("commands", commands, "command bus and data bus");
  reader.required_list("timing", rules, "timing rules");
  reader.required_object("refresh", refresh, "refresh");
  reader.required_object("controller", config.controller, "queues and policies");
  reader.required(
      "address_map", config.address_map,
      "interleaved, bank_groups_first, row_linear, or fields from the least significant bit");
  reader.required_object("currents", currents, "supply currents, for energy");
  reader.finish();  // validate() needs all values
  if (reader.is_describing()) return;
  config.timing = rules_of(rules, pending);
  check_organization(config.organization);  // the burst length is in the formulas
  check_names(names);
  names.emplace_back(kBurstName, config.organization.burst_length);
  pending.solve(names);
  validate(config);
}

void validate(const DramConfig& config) {
  check_organization(config.organization);
  check_timing(config);
  check_currents(config.currents);
  const AddressMap map(config);
}

}  // namespace vitcod
