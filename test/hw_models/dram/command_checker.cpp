// SPDX-License-Identifier: Apache-2.0
#include "test/hw_models/dram/command_checker.hpp"

#include <algorithm>

namespace vitcod::test {

CommandChecker::CommandChecker(const JedecRules& rules, std::uint32_t ranks,
                               std::shared_ptr<BusClocks> buses)
    : rules_(rules), ranks_(ranks), buses_(std::move(buses)) {
  for (Rank& rank : ranks_) {
    rank.banks.resize(std::size_t{rules.bank_groups} * rules.banks_per_group);
    rank.groups.resize(rules.bank_groups);
  }
}

void CommandChecker::require(bool ok, const char* what, std::int64_t now) {
  if (!ok) violations_.push_back("clock " + std::to_string(now) + ": " + what);
}

/// `least` 0: the standard has no such rule.
void CommandChecker::distance(const std::string& rule, std::int64_t last, std::int64_t least,
                              std::int64_t now) {
  if (last == kNever || least == 0) return;
  const std::int64_t slack = now - last - least;
  const auto [entry, added] = slack_.try_emplace(rule, slack);
  entry->second = std::min(entry->second, slack);
  if (slack < 0) {
    violations_.push_back("clock " + std::to_string(now) + ": " + rule + " broken by " +
                          std::to_string(-slack) + ", counted from " + std::to_string(last));
  }
}

void CommandChecker::check(const DramCommandRecord& record) {
  occupy_buses(record);
  switch (record.command) {
    case DramCommand::kAct:
      return act(record);
    case DramCommand::kRd:
      return column(record, false, false);
    case DramCommand::kRda:
      return column(record, false, true);
    case DramCommand::kWr:
      return column(record, true, false);
    case DramCommand::kWra:
      return column(record, true, true);
    case DramCommand::kPre: {
      require(bank_of(record).open, "PRE of a closed bank",
              static_cast<std::int64_t>(record.clock));
      return precharge(rank_of(record), bank_of(record), static_cast<std::int64_t>(record.clock),
                       "");
    }
    case DramCommand::kPrea:
      return precharge_all(record);
    case DramCommand::kRef:
      return refresh(record);
    case DramCommand::kRefpb:
      return refresh_bank(record);
  }
}

void CommandChecker::occupy_buses(const DramCommandRecord& record) {
  const auto now = static_cast<std::int64_t>(record.clock);
  std::int64_t length = rules_.pre_length;
  if (record.command == DramCommand::kAct) length = rules_.act_length;
  if (is_column(record.command)) length = rules_.column_length;
  if (record.command == DramCommand::kRef || record.command == DramCommand::kRefpb) {
    length = rules_.ref_length;
  }
  std::int64_t& last = buses_->last[rules_.split_bus && is_column(record.command) ? 1 : 0];
  distance("command bus before " + std::string(name_of(record.command)), last, length, now);
  last = now;
  if (!is_column(record.command)) return;
  const bool write = record.command == DramCommand::kWr || record.command == DramCommand::kWra;
  const std::int64_t data = now + (write ? rules_.write_data : rules_.read_data);
  require(data >= data_free_, "two bursts on the data bus", now);
  data_free_ = data + rules_.burst;
}

void CommandChecker::four_activates(Rank& rank, std::int64_t now) {
  if (rank.window.size() == 4) distance("tFAW", rank.window.front(), rules_.faw, now);
  rank.window.push_back(now);
  if (rank.window.size() > 4) rank.window.pop_front();
}

/// Whatever needs a closed bank comes tRP after the bank began to close, by itself or not.
void CommandChecker::closed(const Last& last, const std::string& before, std::int64_t now) {
  distance("tRP before " + before, last.pre, rules_.rp, now);
  distance("tRP after RDA before " + before, last.read_auto, rules_.rtp + rules_.rp, now);
  distance("tRP after WRA before " + before, last.write_auto, rules_.wr_to_pre + rules_.rp, now);
  distance("tRC before " + before, last.act, rules_.rc, now);
}

void CommandChecker::act(const DramCommandRecord& record) {
  const auto now = static_cast<std::int64_t>(record.clock);
  Rank& rank = rank_of(record);
  Last& group = rank.groups.at(record.at.bank_group);
  Bank& bank = bank_of(record);
  require(!bank.open, "ACT of an open bank", now);
  require(record.at.row < rules_.rows, "row number", now);
  closed(bank.last, "ACT", now);
  distance("tRPab", rank.last.pre_all, rules_.rp_all, now);
  distance("tRFC", rank.last.refresh, rules_.rfc, now);
  distance("tRFCpb", bank.last.bank_refresh, rules_.rfc_bank, now);
  distance("REFPB to ACT", rank.last.bank_refresh, rules_.refpb_to_act, now);
  distance("tRRD_S", rank.last.act, rules_.rrd_s, now);
  distance("tRRD_L", group.act, rules_.rrd_l, now);
  four_activates(rank, now);
  bank.open = true;
  bank.row = record.at.row;
  bank.last.act = group.act = rank.last.act = now;
}

void CommandChecker::column(const DramCommandRecord& record, bool write, bool closes) {
  const auto now = static_cast<std::int64_t>(record.clock);
  Rank& rank = rank_of(record);
  Last& group = rank.groups.at(record.at.bank_group);
  Bank& bank = bank_of(record);
  require(bank.open && bank.row == record.at.row, "column command to a row that is not open", now);
  require(record.at.column < rules_.bursts_per_row, "column number", now);
  for (Rank& other : ranks_) {
    if (&other == &rank) continue;
    if (!write) distance("RD after RD, ranks", other.last.read, rules_.rank_rd_to_rd, now);
    if (write) distance("WR after WR, ranks", other.last.write, rules_.rank_rd_to_rd, now);
    if (write) distance("WR after RD, ranks", other.last.read, rules_.rank_rd_to_wr, now);
  }
  if (write) {
    distance("tRCD write", bank.last.act, rules_.rcd_write, now);
    distance("tCCD_S write", rank.last.write, rules_.ccd_s, now);
    distance("tCCD_L write", group.write, rules_.ccd_l, now);
    distance("WR after RD", rank.last.read, rules_.rd_to_wr, now);
    distance("WR after RD, group", group.read, rules_.rd_to_wr_l, now);
  } else {
    distance("tRCD read", bank.last.act, rules_.rcd_read, now);
    distance("tCCD_S read", rank.last.read, rules_.ccd_s, now);
    distance("tCCD_L read", group.read, rules_.ccd_l, now);
    distance("RD after WR", rank.last.write, rules_.wr_to_rd_s, now);
    distance("RD after WR, group", group.write, rules_.wr_to_rd_l, now);
  }
  for (Last* last : {&bank.last, &group, &rank.last}) (write ? last->write : last->read) = now;
  if (!closes) return;
  bank.open = false;
  (write ? bank.last.write_auto : bank.last.read_auto) = now;
  (write ? rank.last.write_auto : rank.last.read_auto) = now;
}

void CommandChecker::precharge(Rank& rank, Bank& bank, std::int64_t now, const char* suffix) {
  if (bank.open) {
    distance(std::string("tRAS") + suffix, bank.last.act, rules_.ras, now);
    distance(std::string("tRTP") + suffix, bank.last.read, rules_.rtp, now);
    distance(std::string("tWR") + suffix, bank.last.write, rules_.wr_to_pre, now);
  }
  if (*suffix != '\0') {
    bank.open = false;
    return;
  }
  distance("tPPD", std::max(rank.last.pre, rank.last.pre_all), rules_.ppd, now);
  distance("PRE after REF", rank.last.refresh, rules_.rfc, now);
  bank.open = false;
  bank.last.pre = rank.last.pre = now;
}

void CommandChecker::precharge_all(const DramCommandRecord& record) {
  const auto now = static_cast<std::int64_t>(record.clock);
  Rank& rank = rank_of(record);
  distance("tPPD", std::max(rank.last.pre, rank.last.pre_all), rules_.ppd, now);
  for (Bank& bank : rank.banks) precharge(rank, bank, now, ", all banks");
  rank.last.pre_all = now;
}

void CommandChecker::refresh(const DramCommandRecord& record) {
  const auto now = static_cast<std::int64_t>(record.clock);
  Rank& rank = rank_of(record);
  for (const Bank& bank : rank.banks) require(!bank.open, "REF with an open bank", now);
  closed(rank.last, "REF", now);
  distance("tRPab before REF", rank.last.pre_all, rules_.rp_all, now);
  distance("tRFC before REF", rank.last.refresh, rules_.rfc, now);
  distance("tRFCpb before REF", rank.last.bank_refresh, rules_.rfc_bank, now);
  rank.last.refresh = now;
}

void CommandChecker::refresh_bank(const DramCommandRecord& record) {
  const auto now = static_cast<std::int64_t>(record.clock);
  Rank& rank = rank_of(record);
  Bank& bank = bank_of(record);
  require(!bank.open, "REFPB of an open bank", now);
  require(rules_.rfc_bank > 0, "REFPB in a standard without", now);
  closed(bank.last, "REFPB", now);
  distance("tRPab before REFPB", rank.last.pre_all, rules_.rp_all, now);
  distance("tRFC before REFPB", rank.last.refresh, rules_.rfc, now);
  distance("tRFCpb before REFPB", bank.last.bank_refresh, rules_.rfc_bank, now);
  distance("REFPB to REFPB", rank.last.bank_refresh, rules_.refpb_to_refpb, now);
  distance("ACT to REFPB", rank.last.act, rules_.act_to_refpb, now);
  if (rules_.refpb_in_faw) four_activates(rank, now);
  bank.last.bank_refresh = rank.last.bank_refresh = now;
}

}  // namespace vitcod::test
