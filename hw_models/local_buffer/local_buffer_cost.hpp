// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "hw_models/local_buffer/local_buffer_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// Of so many banks, those that have something to do while others have a queue: who reads comes in
/// bursts and at random places.
inline double busy_banks(double banks) {
  constexpr double kBusy = 0.75;
  return std::isinf(banks) ? banks : kBusy * banks + (1 - kBusy);
}

/// Who reads: so many lines of an engine, of which so many take each row together.
struct RowReaders {
  double lines = kUnbounded;
  double lines_a_row = 1;
};

/// Ways that are dealt out to groups of lines.
struct LineGroupsCost {
  double groups = 1;
  double lines_a_group = 1;

  /// Groups that so many neighbouring lines lie in, at least.
  double of(double lines) const {
    return std::clamp(std::ceil(lines / lines_a_group), 1.0, groups);
  }
  /// Rows of one beat on `ways`, of which some serve nobody.
  double cycles(double rows, double ways, const RowReaders& readers) const {
    return rows * of(readers.lines_a_row) * groups / (ways * of(readers.lines));
  }
};

inline LineGroupsCost cost_of(const LineGroups& groups) {
  return {double(groups.groups), double(groups.lines) / groups.groups};
}

/// What a buffer gives at most.
struct LocalBufferCost {
  double ways = kUnbounded;
  double banks = kUnbounded;
  double ports_per_bank = kUnbounded;
  double bytes_per_access = kUnbounded;
  LineGroupsCost line_groups;

  /// Accesses to so many rows, that lie in `banks_filled` banks.
  double cycles(double rows, double row_bytes, double banks_filled,
                const RowReaders& readers = {}) const {
    const double from_banks = rows / (busy_banks(std::min(banks, banks_filled)) * ports_per_bank);
    return std::max(from_banks, line_groups.cycles(rows, ways, readers)) *
           std::ceil(row_bytes / bytes_per_access);
  }
};

inline LocalBufferCost cost_of(const LocalBufferConfig& config, std::uint32_t num_lines = 1) {
  return LocalBufferCost{double(config.ways), double(config.banks), double(config.ports_per_bank),
                         double(config.bytes_per_access),
                         cost_of(LineGroups(config.line_groups, config.ways, num_lines))};
}

}  // namespace vitcod
