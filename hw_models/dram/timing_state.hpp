// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "hw_models/dram/dram_config.hpp"

namespace vitcod {

/// The one interpreter of the timing rules: from the commands issued so far, the earliest clock at
/// which each command is legal. Banks are numbered through a channel: rank, bank group, bank.
///
/// Clocks in and out are *first* clocks of commands; the rules count from last to last clock, which
/// is folded into the compiled rules. Which command may hold the bus is kept here as well.
class TimingState {
 public:
  explicit TimingState(const DramConfig& config);

  /// Earliest first clock of `command` (not PREA, REF) as far as rank and channel are concerned.
  Cycle earliest_in_rank(DramCommand command, std::uint32_t rank) const {
    const Cycle* row = row_of(command);
    return std::max({row[kChannelNode], row[first_rank_ + rank], bus_free_[bus_of(command)]});
  }
  /// The same as far as bank and bank group are concerned: of bank b, the later of groups[b >>
  /// group_shift] and banks[b].
  struct BankClocks {
    const Cycle* groups;
    const Cycle* banks;
    std::uint32_t group_shift;
    Cycle of(std::uint32_t bank) const {
      return std::max(groups[bank >> group_shift], banks[bank]);
    }
  };
  BankClocks bank_clocks(DramCommand command) const {
    const Cycle* row = row_of(command);
    return {row + first_group_, row + first_bank_, group_shift_};
  }
  Cycle earliest(DramCommand command, std::uint32_t bank) const {
    return std::max(earliest_in_rank(command, bank >> rank_shift_), bank_clocks(command).of(bank));
  }

  /// Books `command` with its first clock at `start`; PREA and REF act on the rank of `bank`.
  void issue(DramCommand command, std::uint32_t bank, Cycle start);

  /// Books the bus for a command of another channel that shares it, its first clock at `start`.
  void hold_bus(DramCommand command, Cycle start) {
    bus_free_[bus_of(command)] = start + bus_clocks_[index_of(command)];
  }
  /// The first clock in which the bus of `command` is free.
  Cycle bus_free(DramCommand command) const { return bus_free_[bus_of(command)]; }

  /// Least clocks from an `after` to a `before` in its rank, first to first clock, whatever the
  /// bank.
  Cycle rank_distance(DramCommand after, DramCommand before) const;

  std::uint32_t rank_of(std::uint32_t bank) const { return bank >> rank_shift_; }

 private:
  /// Rules of one pair of commands and one level, with a window of 1.
  struct Push {
    std::uint32_t first_node = 0;
    std::uint32_t shift = 0;   ///< bank number to node number within the level
    std::uint32_t row = 0;     ///< offset of the pushed command's clocks
    std::uint32_t clocks = 0;  ///< first clock to first clock
  };
  /// A rule with a window, and the last clocks of the commands that it counts, one ring a node.
  struct Window {
    DramCommandSet after;
    DramCommandSet before;
    DramLevel level = DramLevel::kRank;
    std::uint32_t clocks = 0;
    std::uint32_t length = 1;
    std::vector<Cycle> last_clocks;    ///< node x length
    std::vector<std::uint32_t> next;   ///< node: the oldest entry
    std::vector<std::uint32_t> count;  ///< node: entries in use
  };

  static constexpr std::uint32_t kChannelNode = 0;

  const Cycle* row_of(DramCommand command) const { return &earliest_[rows_[index_of(command)]]; }
  std::uint32_t bus_of(DramCommand command) const {
    return split_bus_ && is_column(command) ? 1 : 0;
  }
  std::uint32_t first_node(DramLevel level) const;
  std::uint32_t shift(DramLevel level) const;
  void compile(const DramTimingRule& rule);
  void add_push(DramCommand after, DramCommand before, DramLevel level, std::uint32_t clocks);
  void push_other_ranks(DramCommand command, std::uint32_t bank, Cycle start);
  void count_in_window(Window& window, std::uint32_t bank, Cycle last_clock);

  const bool split_bus_;
  const std::uint32_t num_ranks_;
  std::uint32_t rank_shift_ = 0;
  std::uint32_t group_shift_ = 0;
  std::uint32_t first_rank_ = 0;
  std::uint32_t first_group_ = 0;
  std::uint32_t first_bank_ = 0;
  std::uint32_t num_nodes_ = 0;
  std::array<std::uint32_t, kNumDramCommands> bus_clocks_{};
  std::array<std::uint32_t, kNumDramCommands> rows_{};  ///< command: where its clocks begin
  std::array<std::vector<Push>, kNumDramCommands> pushes_;
  std::array<std::vector<Push>, kNumDramCommands> other_rank_pushes_;
  std::array<std::vector<std::uint32_t>, kNumDramCommands> windows_of_;
  std::vector<Window> windows_;
  std::vector<Cycle> earliest_;  ///< command x node
  std::array<Cycle, 2> bus_free_{};
};

}  // namespace vitcod
