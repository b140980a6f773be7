// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/base/json.hpp"
#include "sim/driver/compare/comparison.hpp"

namespace vitcod {

/// `{"machine", "rows": [...], "means": [...], "fits": [...], "notes": [...]}`: all rows, the
/// machine's own first. What a row has not is null.
Json comparison_json(const Comparison& comparison);

/// The rows, a line each, with a heading.
std::string comparison_csv(const Comparison& comparison);

}  // namespace vitcod
