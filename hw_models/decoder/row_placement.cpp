// SPDX-License-Identifier: Apache-2.0
#include "hw_models/decoder/row_placement.hpp"

namespace vitcod {

bool RowPlacement::keeps(EngineId engine, TileHead head, KeyPosition key) const {
  if (keeps_all) return engine_outputs[index_of(engine)] != 0;
  if (tile->rows_of(value_of(head)).is_pruned) return false;
  const std::uint32_t num_denser = tile->num_denser(value_of(head));
  if (operand != Operand::kQuery) {
    return (value_of(key) < num_denser) == (engine == EngineId::kDenser);
  }
  const bool in_denser = num_denser > 0;
  if (again_for_sparser) {
    return engine == EngineId::kSparser && in_denser && num_denser < tile->num_keys();
  }
  return in_denser == (engine == EngineId::kDenser);
}

OutputMask RowPlacement::outputs(std::uint32_t first, std::uint32_t end) const {
  OutputMask mask = 0;
  for (std::size_t e = 0; e < engine_outputs.size(); ++e) {
    if (!has_rows() || num_kept(e, first, end) > 0) mask |= engine_outputs[e];
  }
  return mask;
}

}  // namespace vitcod
