// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/line_cycles.hpp"

#include <nlohmann/json.hpp>

namespace vitcod {

void LineCycles::add(const LineStatistics& lines) {
  constexpr std::string_view kEnd = "_line_cycles";
  for (const Counter* counter : lines.line_cycles()) {
    const std::string_view name = counter->name();
    add(name.substr(0, name.size() - kEnd.size()), counter->value());
  }
}

void LineCycles::add(const CycleAccount& account, std::uint64_t lines) {
  Json cycles;
  account.write(cycles);
  for (const auto& [reason, number] : cycles.items()) {
    if (reason != "idle") add(reason, number.get<std::uint64_t>() * lines);
  }
}

void LineCycles::move(const std::string& from, std::string_view to, std::uint64_t line_cycles) {
  check(by_reason_[from] >= line_cycles, "fewer line-cycles are counted than have another reason");
  by_reason_[from] -= line_cycles;
  add(to, line_cycles);
}

std::uint64_t LineCycles::total() const {
  std::uint64_t sum = 0;
  for (const auto& [reason, number] : by_reason_) sum += number;
  return sum;
}

std::uint64_t LineCycles::of(const std::string& reason) const {
  const auto found = by_reason_.find(reason);
  return found == by_reason_.end() ? 0 : found->second;
}

void LineCycles::write(std::uint64_t all, Json& json) const {
  json = Json::object();
  for (const auto& [reason, number] : by_reason_) {
    if (number > 0) json[reason] = number;
  }
  json["idle"] = all - total();
}

}  // namespace vitcod
