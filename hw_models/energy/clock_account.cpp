// SPDX-License-Identifier: Apache-2.0
#include "hw_models/energy/clock_account.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace vitcod {
namespace {

constexpr std::string_view kIdle = "idle";

const CycleAccount* own_account(const StatGroup& group) {
  for (const Statistic* statistic : group.statistics()) {
    if (statistic->name() != "cycles") continue;
    if (const auto* account = dynamic_cast<const CycleAccount*>(statistic)) return account;
  }
  return nullptr;
}

/// The account of the block at a JSON pointer below `group`, or of the next one above it that has
/// one; null if none has.
const CycleAccount* nearest_account(const StatGroup& group, std::string_view pointer) {
  const CycleAccount* const own = own_account(group);
  if (!pointer.starts_with('/')) return own;
  pointer.remove_prefix(1);
  const std::string_view name = pointer.substr(0, pointer.find('/'));
  for (const StatGroup* child : group.children()) {
    if (child->name() != name) continue;
    const CycleAccount* const below = nearest_account(*child, pointer.substr(name.size()));
    return below != nullptr ? below : own;
  }
  return own;
}

/// None: the account has no such reason.
std::optional<Cycle> idle_cycles(const CycleAccount* account) {
  return account == nullptr ? std::nullopt : account->find(kIdle);
}

}  // namespace

ClockAccount::ClockAccount(const std::optional<ClockConfig>& cost,
                           const std::optional<ClockGatingConfig>& gating, const StatGroup& blocks)
    : cost_(cost.value_or(ClockConfig{})), gating_(gating), blocks_(blocks) {}

bool ClockAccount::gates(const std::string& account) const {
  if (!gating_ || gating_->level == GatingLevel::kNone) return false;
  return account == kLinesAccount || idle_cycles(nearest_account(blocks_, account)).has_value();
}

BillOfMaterials ClockAccount::with_gates(BillOfMaterials bill) const {
  for (BillOfMaterials::Block& block : bill.blocks) {
    if (!gates(block.account)) continue;
    const double bits = block.parts.count(PartKind::kRegister);
    block.parts.counts[index_of(PartKind::kClockGate)] += std::ceil(bits / gating_->bits_per_gate);
  }
  return bill;
}

double ClockAccount::clocked_cycles(const Silicon::Block& block, const LineActivity& lines,
                                    Cycle cycles) const {
  if (!gates(block.account)) return double(cycles);
  if (block.account == kLinesAccount) {
    if (lines.all == 0) return 0;
    const std::uint64_t waiting = gating_->level == GatingLevel::kLine ? lines.waiting : 0;
    return double(cycles) * double(lines.all - lines.idle - waiting) / double(lines.all);
  }
  return double(cycles - *idle_cycles(nearest_account(blocks_, block.account)));
}

double ClockAccount::energy_pj(const Silicon::Block& block, const LineActivity& lines,
                               Cycle cycles) const {
  const double clocked = clocked_cycles(block, lines, cycles);
  const double all = double(cycles);
  const auto bits = [&block](PartKind kind) { return block.parts.count(kind); };
  return cost_.register_pj *
         (bits(PartKind::kRegister) * (clocked + cost_.gated_share * (all - clocked)) +
          bits(PartKind::kClockGate) * all +  // the registers of the enables
          (bits(PartKind::kGatedRegister) + bits(PartKind::kLatch)) * cost_.gated_share * all);
}

void ClockAccount::write(const Silicon& silicon, const LineActivity& lines, Cycle cycles,
                         Json& result) const {
  if (!gating_) return;
  std::uint64_t num_gates = 0;
  double bits = 0;
  double clocked = 0;
  for (const Silicon::Block& block : silicon.blocks()) {
    const double registers = block.parts.count(PartKind::kRegister);
    num_gates += static_cast<std::uint64_t>(block.parts.count(PartKind::kClockGate));
    bits += registers;
    clocked += registers * clocked_cycles(block, lines, cycles);
  }
  Json& entry = result["clock_gating"];
  entry["gates"] = num_gates;
  entry["register_bits"] = bits;
  entry["clocked"] = bits == 0 || cycles == 0 ? 0.0 : clocked / (bits * double(cycles));
}

}  // namespace vitcod
