// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitcod {

/// The named numbers of a preset, most often clocks: nCL, nRCD, ...
using ClockNames = std::vector<std::pair<std::string, std::uint32_t>>;

/// A letter or `_`, then letters, digits and `_`, and neither `max` nor `min`: what a formula can
/// name.
bool is_clock_name(std::string_view name);

/// The value of a formula like `nCL - nCWL + nBL/2 + 2`: whole numbers, names, + - * /, max(a, b,
/// ...), min(a, b, ...) and parentheses. A division must leave no remainder: whether the standard
/// rounds up or down is for its author to say. Throws ConfigError (without a pointer) for what is
/// none, for a name that is not in `names`, and for values beyond 2^31.
std::int64_t evaluate_formula(std::string_view formula, const ClockNames& names);

}  // namespace vitcod
