// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hw_models/dram/dram_command.hpp"
#include "test/hw_models/dram/jedec_rules.hpp"

namespace vitcod::test {

/// The last clock used of a channel's command bus, or of its row and its column bus.
struct BusClocks {
  static constexpr std::int64_t kNever = -1'000'000'000;
  std::array<std::int64_t, 2> last = {kNever, kNever};
};

/// Checks the command log of one channel against a standard's rules. It knows nothing of the
/// model's tables: it keeps the last clock of each kind of command in each bank, bank group and
/// rank, and compares every command with all that the standard says must come before it.
class CommandChecker {
 public:
  /// Checkers of pseudo channels share `buses`, and their commands are given in common order.
  CommandChecker(const JedecRules& rules, std::uint32_t ranks, std::shared_ptr<BusClocks> buses);

  /// The next command, in the order of clocks.
  void check(const DramCommandRecord& record);

  /// What was wrong, one line each; none for a legal log.
  const std::vector<std::string>& violations() const { return violations_; }
  /// Rule: the least number of clocks by which it was kept. 0: a command went out as soon as the
  /// rule allowed.
  const std::map<std::string, std::int64_t>& slack() const { return slack_; }

 private:
  static constexpr std::int64_t kNever = BusClocks::kNever;
  /// Last clocks of the commands to a bank, or to all banks of a group or rank.
  struct Last {
    std::int64_t act = kNever, read = kNever, write = kNever, pre = kNever;
    std::int64_t read_auto = kNever, write_auto = kNever;  ///< RDA, WRA
    std::int64_t refresh = kNever, bank_refresh = kNever, pre_all = kNever;
  };
  struct Bank {
    bool open = false;
    std::uint32_t row = 0;
    Last last;
  };
  struct Rank {
    std::vector<Bank> banks;
    std::vector<Last> groups;
    Last last;
    std::deque<std::int64_t> window;  ///< of tFAW
  };

  void act(const DramCommandRecord& record);
  void column(const DramCommandRecord& record, bool write, bool closes);
  void precharge(Rank& rank, Bank& bank, std::int64_t now, const char* suffix);
  void precharge_all(const DramCommandRecord& record);
  void refresh(const DramCommandRecord& record);
  void refresh_bank(const DramCommandRecord& record);
  void occupy_buses(const DramCommandRecord& record);
  void four_activates(Rank& rank, std::int64_t now);
  void closed(const Last& last, const std::string& before, std::int64_t now);

  Rank& rank_of(const DramCommandRecord& record) { return ranks_.at(record.at.rank); }
  Bank& bank_of(const DramCommandRecord& record) {
    return rank_of(record).banks.at(record.at.bank_group * rules_.banks_per_group + record.at.bank);
  }
  void distance(const std::string& rule, std::int64_t last, std::int64_t least, std::int64_t now);
  void require(bool ok, const char* what, std::int64_t now);

  const JedecRules rules_;
  std::vector<Rank> ranks_;
  const std::shared_ptr<BusClocks> buses_;
  std::int64_t data_free_ = 0;
  std::map<std::string, std::int64_t> slack_;
  std::vector<std::string> violations_;
};

}  // namespace vitcod::test
