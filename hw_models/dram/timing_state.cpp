// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/timing_state.hpp"

#include "sim/base/errors.hpp"

namespace vitcod {

TimingState::TimingState(const DramConfig& config)
    : split_bus_(config.commands.split_bus), num_ranks_(config.organization.ranks) {
  const DramOrganization& org = config.organization;
  group_shift_ = static_cast<std::uint32_t>(std::countr_zero(org.banks_per_group));
  rank_shift_ = static_cast<std::uint32_t>(std::countr_zero(org.banks_per_rank()));
  first_rank_ = kChannelNode + 1;
  first_group_ = first_rank_ + org.ranks;
  first_bank_ = first_group_ + org.ranks * org.bank_groups;
  num_nodes_ = first_bank_ + org.num_banks();
  earliest_.assign(kNumDramCommands * num_nodes_, 0);
  for (std::size_t i = 0; i < kNumDramCommands; ++i) {
    bus_clocks_[i] = config.commands.command_clocks(static_cast<DramCommand>(i));
    rows_[i] = static_cast<std::uint32_t>(i * num_nodes_);
  }
  // No rule tells RD from RDA, or WR from WRA, by when they may go out.
  rows_[index_of(DramCommand::kRda)] = rows_[index_of(DramCommand::kRd)];
  rows_[index_of(DramCommand::kWra)] = rows_[index_of(DramCommand::kWr)];
  for (const DramTimingRule& rule : config.timing) compile(rule);
}

std::uint32_t TimingState::first_node(DramLevel level) const {
  switch (level) {
    case DramLevel::kBank:
      return first_bank_;
    case DramLevel::kBankGroup:
      return first_group_;
    case DramLevel::kRank:
    case DramLevel::kOtherRank:
      return first_rank_;
    case DramLevel::kChannel:
      break;
  }
  return kChannelNode;
}

std::uint32_t TimingState::shift(DramLevel level) const {
  switch (level) {
    case DramLevel::kBank:
      return 0;
    case DramLevel::kBankGroup:
      return group_shift_;
    case DramLevel::kRank:
    case DramLevel::kOtherRank:
      return rank_shift_;
    case DramLevel::kChannel:
      break;
  }
  constexpr std::uint32_t kAllBanks = 31;
  return kAllBanks;
}

void TimingState::compile(const DramTimingRule& rule) {
  if (rule.window > 1) {
    Window window{rule.after, rule.before, rule.level, rule.clocks, rule.window, {}, {}, {}};
    window.last_clocks.assign(std::size_t{num_nodes_} * rule.window, 0);
    window.next.assign(num_nodes_, 0);
    window.count.assign(num_nodes_, 0);
    for (std::size_t i = 0; i < kNumDramCommands; ++i) {
      if (rule.after.contains(static_cast<DramCommand>(i))) {
        windows_of_[i].push_back(static_cast<std::uint32_t>(windows_.size()));
      }
    }
    windows_.push_back(std::move(window));
    return;
  }
  for (std::size_t after = 0; after < kNumDramCommands; ++after) {
    for (std::size_t before = 0; before < kNumDramCommands; ++before) {
      if (!rule.after.contains(static_cast<DramCommand>(after))) continue;
      if (!rule.before.contains(static_cast<DramCommand>(before))) continue;
      add_push(static_cast<DramCommand>(after), static_cast<DramCommand>(before), rule.level,
               rule.clocks);
    }
  }
}

void TimingState::add_push(DramCommand after, DramCommand before, DramLevel level,
                           std::uint32_t clocks) {
  const std::uint32_t last_to_first = bus_clocks_[index_of(after)] + clocks;
  const std::uint32_t own = bus_clocks_[index_of(before)];
  if (last_to_first <= own) return;  // the bus alone keeps them further apart
  const Push push{first_node(level), shift(level), rows_[index_of(before)], last_to_first - own};
  auto& list = level == DramLevel::kOtherRank ? other_rank_pushes_[index_of(after)]
                                              : pushes_[index_of(after)];
  for (Push& other : list) {
    if (other.first_node == push.first_node && other.row == push.row) {
      other.clocks = std::max(other.clocks, push.clocks);
      return;
    }
  }
  list.push_back(push);
}

void TimingState::issue(DramCommand command, std::uint32_t bank, Cycle start) {
  const std::size_t index = index_of(command);
  for (const Push& push : pushes_[index]) {
    Cycle& clock = earliest_[push.row + push.first_node + (bank >> push.shift)];
    clock = std::max(clock, start + push.clocks);
  }
  if (num_ranks_ > 1) push_other_ranks(command, bank, start);
  for (const std::uint32_t window : windows_of_[index]) {
    count_in_window(windows_[window], bank, start + bus_clocks_[index] - 1);
  }
  hold_bus(command, start);
}

Cycle TimingState::rank_distance(DramCommand after, DramCommand before) const {
  Cycle clocks = bus_of(after) == bus_of(before) ? bus_clocks_[index_of(after)] : 0;
  for (const Push& push : pushes_[index_of(after)]) {
    if (push.row != rows_[index_of(before)] || push.first_node != first_rank_) continue;
    clocks = std::max<Cycle>(clocks, push.clocks);
  }
  return clocks;
}

void TimingState::push_other_ranks(DramCommand command, std::uint32_t bank, Cycle start) {
  for (const Push& push : other_rank_pushes_[index_of(command)]) {
    for (std::uint32_t rank = 0; rank < num_ranks_; ++rank) {
      if (rank == rank_of(bank)) continue;
      Cycle& clock = earliest_[push.row + push.first_node + rank];
      clock = std::max(clock, start + push.clocks);
    }
  }
}

void TimingState::count_in_window(Window& window, std::uint32_t bank, Cycle last_clock) {
  const std::uint32_t node = first_node(window.level) + (bank >> shift(window.level));
  Cycle* ring = &window.last_clocks[std::size_t{node} * window.length];
  std::uint32_t& next = window.next[node];
  ring[next] = last_clock;
  next = next + 1 == window.length ? 0 : next + 1;
  if (window.count[node] < window.length) ++window.count[node];
  if (window.count[node] < window.length) return;
  const Cycle last_of_next = ring[next] + window.clocks;  // of the next command, its last clock
  for (std::size_t i = 0; i < kNumDramCommands; ++i) {
    if (!window.before.contains(static_cast<DramCommand>(i))) continue;
    Cycle& clock = earliest_[rows_[i] + node];
    clock = std::max(clock, last_of_next + 1 - bus_clocks_[i]);
  }
}

}  // namespace vitcod
