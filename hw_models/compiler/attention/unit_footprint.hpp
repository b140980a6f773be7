// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/compiler/attention/work_unit.hpp"

namespace vitcod {

/// Bytes that a unit holds on chip.
struct UnitFootprint {
  std::uint64_t denser_query = 0;   ///< Q rows in the denser engine's Q/V buffer
  std::uint64_t sparser_query = 0;  ///< Q rows in the sparser engine's Q/V buffer
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  std::uint64_t scores = 0;
  std::uint64_t output = 0;
  std::uint64_t index = 0;

  std::uint64_t query() const { return denser_query + sparser_query; }
};
UnitFootprint footprint(const WorkUnit& unit, bool query_forwarding);
/// Likewise, of a unit whose work is not counted yet but for the entries of the sparser engine.
UnitFootprint footprint(const WorkUnit& unit, std::uint64_t sparse_entries, bool query_forwarding);

}  // namespace vitcod
