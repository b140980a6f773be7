// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/trace.hpp"

namespace vitcod {

/// What the operations of one kind ask for, whatever machine runs them.
struct KindWork {
  std::string kind;
  std::uint64_t operations = 0;
  std::uint64_t macs = 0;  ///< of attention: those of the kept entries
  /// Learned numbers: weights, biases, gains, offsets, and residuals that no operation makes (the
  /// embedding of positions).
  std::uint64_t parameters = 0;
};

/// A line a kind, in the order in which the kinds first occur.
std::vector<KindWork> work_by_kind(const Trace& trace);

}  // namespace vitcod
