// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>

#include "sim/base/stats.hpp"

namespace vitcod {

/// A part of a run, in accelerator cycles: [from, to).
struct CycleWindow {
  static constexpr Cycle kEndOfRun = std::numeric_limits<Cycle>::max();

  Cycle from = 0;
  Cycle to = kEndOfRun;
};

/// Reads "FROM:TO". Throws InputError unless these are two cycles, FROM below TO.
CycleWindow parse_window(const std::string& text);

}  // namespace vitcod
