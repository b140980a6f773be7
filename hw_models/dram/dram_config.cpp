// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/dram_config.hpp"

#include <algorithm>
#include <bit>

#include "hw_models/dram/address_map.hpp"
#include "hw_models/dram/burst_queue.hpp"

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

void read_power(ConfigReader& reader, std::string_view key, std::uint32_t& value,
                std::string_view meaning) {
  constexpr Range<std::uint32_t> kRange{1, 1U << 20U};
  reader.required(key, value, meaning, kRange);
  if (reader.is_describing()) return;
  reader.require(std::has_single_bit(value), key, "expected a power of two");
}

bool has_rank_wide(DramCommandSet set) {
  return set.contains(DramCommand::kPrea) || set.contains(DramCommand::kRef);
}

void require(bool ok, const char* pointer, const char* message) {
  if (!ok) throw ConfigError(pointer, message);
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
  read_power(reader, "channels", organization.channels, "independent (pseudo) channels");
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

void read(ConfigReader& reader, DramCommandTiming& commands) {
  constexpr std::uint32_t kMaxClocks = 1024;
  const Range<std::uint32_t> any{0, kMaxClocks};
  const Range<std::uint32_t> some{1, kMaxClocks};
  reader.required("read_data_clocks", commands.read_data_clocks, "RD to first data, clocks", any);
  reader.required("write_data_clocks", commands.write_data_clocks, "WR to first data, clocks", any);
  reader.required("burst_clocks", commands.burst_clocks, "data bus time of a burst, clocks", some);
  reader.required("burst_span_clocks", commands.burst_span_clocks,
                  "first to last data of a burst, clocks", some);
  reader.required("activate_clocks", commands.activate_clocks, "command bus time of ACT, clocks",
                  some);
  reader.required("column_clocks", commands.column_clocks,
                  "command bus time of RD, WR, RDA, WRA, clocks", some);
  reader.required("precharge_clocks", commands.precharge_clocks,
                  "command bus time of PRE, PREA, clocks", some);
  reader.required("refresh_clocks", commands.refresh_clocks,
                  "command bus time of REF, REFPB, clocks", some);
  reader.required("split_bus", commands.split_bus, "column commands have their own bus");
  read_power(reader, "channels_per_bus", commands.channels_per_bus,
             "neighbouring channels that share the command bus");
}

void read(ConfigReader& reader, DramTimingRule& rule) {
  constexpr std::uint32_t kMaxWindow = 64;
  reader.required("rule", rule.rule, "the standard's name and formula of the rule");
  reader.required_enum("level", rule.level, EnumNames<DramLevel>(kLevelNames),
                       "scope in which the rule holds");
  read_commands(reader, "after", rule.after, "earlier commands");
  read_commands(reader, "before", rule.before, "later commands");
  reader.required("clocks", rule.clocks, "least distance, clocks",
                  Range<std::uint32_t>{1, 1U << 20U});
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

void read(ConfigReader& reader, DramRefreshConfig& refresh) {
  constexpr Range<std::uint32_t> kRange{1, 1U << 24U};
  reader.required_enum("mode", refresh.mode, EnumNames<DramRefreshMode>(kRefreshNames),
                       "which refresh commands are used");
  reader.required("all_bank_interval_clocks", refresh.all_bank_interval_clocks,
                  "tREFI: one REF a rank, clocks", kRange);
  reader.required("per_bank_interval_clocks", refresh.per_bank_interval_clocks,
                  "one REFPB a rank, clocks", kRange);
  reader.required("all_bank_clocks", refresh.all_bank_clocks, "tRFC, clocks", kRange);
}

void read(ConfigReader& reader, DramControllerConfig& controller) {
  constexpr Range<std::uint32_t> kDepth{1, 16384};
  constexpr Range<std::uint32_t> kClocks{0, 1U << 24U};
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
                  "controller's constant, last data to response, clocks", kClocks);
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

void read(ConfigReader& reader, DramCurrents& currents) {
  constexpr Range<std::uint32_t> kClocks{1, 4096};
  reader.required_list("supplies", currents.supplies, "currents of each rail", Length{1});
  reader.required("activate_active_clocks", currents.activate_active_clocks,
                  "part of the idd0 loop with the bank open (tRAS), clocks", kClocks);
  reader.required("activate_precharge_clocks", currents.activate_precharge_clocks,
                  "part of the idd0 loop with the bank closed (tRP), clocks", kClocks);
}

void read(ConfigReader& reader, DramConfig& config) {
  constexpr std::uint64_t kMaxClockKhz = 100'000'000;
  reader.required("source", config.source, "where the numbers come from");
  reader.required("clock_khz", config.clock_khz, "command clock, kHz",
                  Range<std::uint64_t>{1, kMaxClockKhz});
  reader.required_object("organization", config.organization, "shape of the memory");
  reader.required_object("commands", config.commands, "command bus and data bus");
  reader.required_list("timing", config.timing, "timing rules");
  reader.required_object("refresh", config.refresh, "refresh");
  reader.required_object("controller", config.controller, "queues and policies");
  reader.required("address_map", config.address_map,
                  "interleaved, row_linear, or fields from the least significant bit");
  reader.required_object("currents", config.currents, "supply currents, for energy");
  reader.finish();  // validate() needs all values
  if (!reader.is_describing()) validate(config);
}

void validate(const DramConfig& config) {
  const DramOrganization& org = config.organization;
  for (const std::uint32_t count : {org.channels, org.ranks, org.bank_groups, org.banks_per_group,
                                    org.rows, org.columns, org.burst_length, org.bus_width_bits}) {
    require(std::has_single_bit(count), "/organization", "expected powers of two");
  }
  require(org.num_banks() <= BurstQueue::kMaxBanks, "/organization",
          "expected at most 64 banks a channel, over all ranks");
  require(org.columns >= org.burst_length, "/organization/columns",
          "expected at least burst_length");
  require(org.bus_width_bits % 8 == 0, "/organization/bus_width_bits", "expected whole bytes");
  const DramRefreshConfig& refresh = config.refresh;
  // Between two refreshes there must be time to open a row and to use it.
  require(
      refresh.mode != DramRefreshMode::kAllBank ||
          refresh.all_bank_interval_clocks >= refresh.all_bank_clocks + refresh.all_bank_clocks / 2,
      "/refresh/all_bank_interval_clocks", "expected at least 3/2 of all_bank_clocks");
  const bool has_bank_refresh =
      std::any_of(config.timing.begin(), config.timing.end(), [](const DramTimingRule& rule) {
        return rule.after.contains(DramCommand::kRefpb) && rule.before.contains(DramCommand::kAct);
      });
  require(refresh.mode != DramRefreshMode::kPerBank || has_bank_refresh, "/refresh/mode",
          "per_bank: expected a timing rule from REFPB to ACT");
  const AddressMap map(config);
}

}  // namespace vitcod
