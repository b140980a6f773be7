// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/json.hpp"
#include "sim/driver/golden/golden_cases.hpp"

namespace vitcod {

/// A value that is not what was expected. One of the two is absent where the place itself is new or
/// gone.
struct Difference {
  std::string pointer;
  std::optional<Json> expected;
  std::optional<Json> found;
};

/// Every number, string, truth value, null and empty container of two documents that differs by
/// more than its tolerance, in the order of `expected`; then what is new in `found`. Objects with
/// the same members in another order are equal.
std::vector<Difference> differences(const Json& expected, const Json& found,
                                    const Tolerances& tolerances);

/// True if a number of `json` stands at `pointer` or below it.
bool leads_to_number(const std::string& pointer, const Json& json);

/// "/cycles/total: 28936 -> 28937 (+0.00346 %)"
std::string describe(const Difference& difference);

}  // namespace vitcod
