// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/refresh_plan.hpp"

#include <algorithm>

namespace vitcod {
namespace {

Cycle interval_of(const DramRefreshConfig& refresh) {
  if (refresh.mode == DramRefreshMode::kAllBank) return refresh.all_bank_interval_clocks;
  return refresh.per_bank_interval_clocks;
}

}  // namespace

RefreshPlan::RefreshPlan(const DramConfig& config)
    : per_bank_(config.refresh.mode == DramRefreshMode::kPerBank),
      interval_(interval_of(config.refresh)),
      banks_per_rank_(config.organization.banks_per_rank()),
      next_bank_(config.organization.ranks, 0) {
  if (config.refresh.mode == DramRefreshMode::kOff) return;
  const std::uint32_t ranks = config.organization.ranks;
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    due_.push_back(interval_ + interval_ * rank / ranks);
  }
  next_due_ = due_.front();
}

RefreshPlan::Target RefreshPlan::target_of(std::uint32_t rank) const {
  const std::uint32_t first = rank * banks_per_rank_;
  const std::uint64_t one = 1;
  if (per_bank_) {
    const std::uint32_t bank = first + next_bank_[rank];
    return {rank, true, bank, one << bank};
  }
  const std::uint64_t all =
      banks_per_rank_ == 64 ? ~std::uint64_t{0} : (one << banks_per_rank_) - 1;
  return {rank, false, first, all << first};
}

void RefreshPlan::update(Cycle now) {
  next_due_ = kOnLink;
  for (std::uint32_t rank = 0; rank < due_.size(); ++rank) {
    const bool waits = std::any_of(pending_.begin(), pending_.end(),
                                   [rank](const Target& target) { return target.rank == rank; });
    if (waits) continue;
    if (due_[rank] > now) {
      next_due_ = std::min(next_due_, due_[rank]);
      continue;
    }
    pending_.push_back(target_of(rank));
    closed_banks_ |= pending_.back().banks;
  }
}

void RefreshPlan::done(std::uint32_t rank, Cycle now) {
  std::erase_if(pending_, [rank](const Target& target) { return target.rank == rank; });
  due_[rank] += interval_;
  next_bank_[rank] = (next_bank_[rank] + 1) % banks_per_rank_;
  closed_banks_ = 0;
  for (const Target& target : pending_) closed_banks_ |= target.banks;
  update(now);
}

}  // namespace vitcod
