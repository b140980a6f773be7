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

double access_pj(const EnergyEvent& event, const BuiltMemory& memory) {
  double macro_pj = 0;
  if (event.access != MemoryAccess::kWrite) macro_pj += memory.read_pj;
  if (event.access != MemoryAccess::kRead) macro_pj += memory.write_pj;
  if (event.bytes) return macro_pj * double(memory.macros_of(*event.bytes));
  const std::uint64_t word = memory.need.width_bytes;
  const double word_pj = macro_pj * double(memory.macros_of(word));
  return event.whole_word.value_or(false) ? word_pj : word_pj / double(word);
}

}  // namespace

EnergyAccount::EnergyAccount(const EnergyConfig& config, const StatGroup& blocks,
                             const Silicon* silicon) {
  for (std::size_t i = 0; i < config.events.size(); ++i) {
    const EnergyEvent& event = config.events[i];
    const auto fail = [&](const char* key, const std::string& found, const char* expected) {
      throw ConfigError(fmt::format("/energy/events/{}/{}", i, key),
                        fmt::format("found \"{}\", expected {}", found, expected));
    };
    const Counter* counter = find_counter(blocks, event.counter);
    const BuiltMemory* memory = nullptr;
    if (event.memory && silicon != nullptr) memory = silicon->memory(*event.memory);
    if (counter == nullptr || (event.memory && memory == nullptr)) {
      if (event.if_present.value_or(false)) continue;
      if (counter != nullptr) {
        fail("memory", *event.memory, "a block with a memory, as a JSON pointer below /blocks");
      }
      fail("counter", event.counter, "a counter of a block, as a JSON pointer below /blocks");
    }
    const bool twice = std::any_of(entries_.begin(), entries_.end(),
                                   [&](const Entry& entry) { return entry.counter == counter; });
    if (twice) fail("counter", event.counter, "each counter once");
    const double pj = event.pj + (memory != nullptr ? access_pj(event, *memory) : 0.0);
    entries_.push_back({event.counter, counter, pj});
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

std::map<std::string, double> EnergyAccount::by_block() const {
  std::map<std::string, double> sums;
  for (const Entry& entry : entries_) {
    sums[entry.pointer.substr(0, entry.pointer.rfind('/'))] += entry.energy_pj();
  }
  return sums;
}

}  // namespace vitcod
