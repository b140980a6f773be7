// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "hw_models/compiler/attention/work_unit.hpp"
#include "hw_models/compiler/holding_rules.hpp"
#include "hw_models/engine/engine_kernels.hpp"

namespace vitcod {

/// Rows that each engine holds of a unit's operands.
struct HeldRows {
  std::array<std::uint64_t, 2> query{};
  std::array<std::uint64_t, 2> key{};  ///< of K and of V
};
HeldRows held_rows(const WorkUnit& unit, bool query_forwarding);

/// Bytes that a unit holds on chip: whole banks, but for the index.
struct UnitFootprint {
  std::uint64_t query = 0;
  std::uint64_t key = 0;
  std::uint64_t value = 0;
  std::uint64_t scores = 0;  ///< with those of the other key tiles of its rows, in the same banks
  std::uint64_t output = 0;
  std::uint64_t index = 0;
  std::uint64_t row_starts = 0;       ///< of the index, that the SpMM needs
  std::uint64_t carried = 0;          ///< rows on their way between key tiles
  std::array<OperandBanks, 2> banks;  ///< by engine: that it can read apart
};
UnitFootprint footprint(const WorkUnit& unit, const HoldingRules& rules);
/// Bytes in which compressed rows stay in the input buffer for the other units of the layer.
std::uint64_t resident_bytes(const WorkUnit& unit, const HoldingRules& rules);
/// Likewise, of a unit whose work is not counted yet but for that of the sparser engine.
UnitFootprint footprint(const WorkUnit& unit, const SparseWork& sparse, const HoldingRules& rules);

/// Words of S that the unit's own scores fill.
ScoreWords score_words(const WorkUnit& unit, const SparseWork& sparse, const HoldingRules& rules);

}  // namespace vitcod
