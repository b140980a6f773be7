// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

namespace vitcod {

/// A rate, per cycle, or a number of places that bounds nothing.
inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

}  // namespace vitcod
