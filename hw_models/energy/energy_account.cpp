// SPDX-License-Identifier: Apache-2.0
#include "hw_models/energy/energy_account.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace vitcod {
namespace {

/// The counter at a JSON pointer below `group`; null if there is none.
const Counter* find_counter(const StatGroup& group, std::string_view pointer) {
  if (!pointer.starts_with('/')) return nullptr;
  pointer.remove_prefix(1);
  const std::size_t slash = pointer.find('/');
  const std::string_view name = pointer.substr(0, slash);
  if (slash == std::string_view::npos) {
    for (const Statistic* statistic : group.statistics()) {
      if (statistic->name() == name) return dynamic_cast<const Counter*>(statistic);
    }
    return nullptr;
  }
  for (const StatGroup* child : group.children()) {
    if (child->name() == name) return find_counter(*child, pointer.substr(slash));
  }
  return nullptr;
}

}  // namespace

EnergyAccount::EnergyAccount(const EnergyConfig& config, const StatGroup& blocks) {
  for (std::size_t i = 0; i < config.events.size(); ++i) {
    const EnergyEvent& event = config.events[i];
    const auto fail = [&](const char* expected) {
      throw ConfigError(fmt::format("/energy/events/{}/counter", i),
                        fmt::format("found \"{}\", expected {}", event.counter, expected));
    };
    const Counter* counter = find_counter(blocks, event.counter);
    if (counter == nullptr) {
      if (event.if_present.value_or(false)) continue;
      fail("a counter of a block, as a JSON pointer below /blocks");
    }
    const bool twice = std::any_of(entries_.begin(), entries_.end(),
                                   [&](const Entry& entry) { return entry.counter == counter; });
    if (twice) fail("each counter once");
    entries_.push_back({event.counter, counter, event.pj});
  }
}

void EnergyAccount::write(Json& out) const {
  for (const Entry& entry : entries_) out[Json::json_pointer(entry.pointer)] = entry.energy_pj();
}

double EnergyAccount::total_pj() const {
  double sum = 0;
  for (const Entry& entry : entries_) sum += entry.energy_pj();
  return sum;
}

}  // namespace vitcod
