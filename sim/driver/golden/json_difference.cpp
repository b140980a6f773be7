// SPDX-License-Identifier: Apache-2.0
#include "sim/driver/golden/json_difference.hpp"

#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

using Leaf = std::pair<std::string, const Json*>;

void collect_leaves(const Json& json, const std::string& pointer, std::vector<Leaf>& leaves) {
  if (json.is_primitive() || json.empty()) {
    leaves.emplace_back(pointer, &json);
    return;
  }
  for (const auto& [key, value] : json.items()) {
    collect_leaves(value, pointer + "/" + escape_pointer_token(key), leaves);
  }
}

std::vector<Leaf> leaves_of(const Json& json) {
  std::vector<Leaf> leaves;
  collect_leaves(json, "", leaves);
  return leaves;
}

bool leads_to(const std::string& prefix, const std::string& pointer) {
  return pointer.starts_with(prefix) &&
         (pointer.size() == prefix.size() || pointer[prefix.size()] == '/');
}

double tolerance_at(const std::string& pointer, const Tolerances& tolerances) {
  const Tolerances::value_type* closest = nullptr;
  for (const auto& entry : tolerances) {
    if (!leads_to(entry.first, pointer)) continue;
    if (closest == nullptr || entry.first.size() > closest->first.size()) closest = &entry;
  }
  return closest == nullptr ? 0.0 : closest->second;
}

bool is_as_expected(const Json& expected, const Json& found, double tolerance) {
  // Not as doubles: large counters that differ by one may be the same double.
  if (expected == found) return true;
  if (tolerance == 0.0 || !expected.is_number() || !found.is_number()) return false;
  const auto old_number = expected.get<double>();
  return std::abs(found.get<double>() - old_number) <= tolerance * std::abs(old_number);
}

std::string change(const Json& expected, const Json& found) {
  if (!expected.is_number() || !found.is_number() || expected == 0) return "";
  const auto old_number = expected.get<double>();
  return fmt::format(" ({:+.3g} %)",
                     100.0 * (found.get<double>() - old_number) / std::abs(old_number));
}

}  // namespace

std::vector<Difference> differences(const Json& expected, const Json& found,
                                    const Tolerances& tolerances) {
  std::vector<Difference> all;
  const std::vector<Leaf> found_leaves = leaves_of(found);
  std::unordered_map<std::string, const Json*> unmatched(found_leaves.begin(), found_leaves.end());
  for (const auto& [pointer, old_value] : leaves_of(expected)) {
    const auto match = unmatched.find(pointer);
    if (match == unmatched.end()) {
      all.push_back({pointer, *old_value, std::nullopt});
      continue;
    }
    if (!is_as_expected(*old_value, *match->second, tolerance_at(pointer, tolerances))) {
      all.push_back({pointer, *old_value, *match->second});
    }
    unmatched.erase(match);
  }
  for (const auto& [pointer, value] : found_leaves) {
    if (unmatched.contains(pointer)) all.push_back({pointer, std::nullopt, *value});
  }
  return all;
}

bool leads_to_number(const std::string& pointer, const Json& json) {
  for (const auto& [place, value] : leaves_of(json)) {
    if (value->is_number() && leads_to(pointer, place)) return true;
  }
  return false;
}

std::string describe(const Difference& difference) {
  const auto& [pointer, expected, found] = difference;
  if (!found) return fmt::format("{}: {} is gone", pointer, expected->dump());
  if (!expected) return fmt::format("{}: {} is new", pointer, found->dump());
  return fmt::format("{}: {} -> {}{}", pointer, expected->dump(), found->dump(),
                     change(*expected, *found));
}

}  // namespace vitcod
