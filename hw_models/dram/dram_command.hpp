// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/stats.hpp"

namespace vitcod {

/// Commands of all standards. RDA and WRA precharge their bank when the access is done; PREA and
/// REF act on a rank, REFPB refreshes one bank.
enum class DramCommand : std::uint8_t { kAct, kRd, kWr, kRda, kWra, kPre, kPrea, kRef, kRefpb };

inline constexpr std::size_t kNumDramCommands = 9;
inline constexpr std::array<std::string_view, kNumDramCommands> kDramCommandNames = {
    "ACT", "RD", "WR", "RDA", "WRA", "PRE", "PREA", "REF", "REFPB"};

constexpr std::size_t index_of(DramCommand command) { return static_cast<std::size_t>(command); }
constexpr std::string_view name_of(DramCommand command) {
  return kDramCommandNames[index_of(command)];
}
constexpr bool is_column(DramCommand command) {
  return command >= DramCommand::kRd && command <= DramCommand::kWra;
}
constexpr bool is_write(DramCommand command) {
  return command == DramCommand::kWr || command == DramCommand::kWra;
}
constexpr bool is_rank_wide(DramCommand command) {
  return command == DramCommand::kPrea || command == DramCommand::kRef;
}

/// A set of commands.
class DramCommandSet {
 public:
  constexpr void insert(DramCommand command) { bits_ |= bit(command); }
  constexpr bool contains(DramCommand command) const { return (bits_ & bit(command)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

 private:
  static constexpr std::uint32_t bit(DramCommand command) { return 1U << index_of(command); }
  std::uint32_t bits_ = 0;
};

/// The scope of a timing rule: the two commands are to the same bank, bank group, rank or channel,
/// or to two different ranks.
enum class DramLevel : std::uint8_t { kBank, kBankGroup, kRank, kChannel, kOtherRank };

/// A place in a channel. `column` counts bursts.
struct DramCoordinates {
  std::uint32_t rank = 0;
  std::uint32_t bank_group = 0;
  std::uint32_t bank = 0;
  std::uint32_t row = 0;
  std::uint32_t column = 0;

  friend bool operator==(const DramCoordinates&, const DramCoordinates&) = default;
};

/// A command as it went out. Fields that the command does not carry are 0.
struct DramCommandRecord {
  Cycle clock = 0;  ///< DRAM clock, the last of a multi-clock command
  DramCommand command = DramCommand::kAct;
  DramCoordinates at;
};

/// Is told of every command of a channel, in the order of their first clocks.
class DramCommandListener {
 public:
  virtual ~DramCommandListener() = default;
  virtual void on_command(const DramCommandRecord& record) = 0;
};

}  // namespace vitcod
