// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/unit_footprint.hpp"

#include "hw_models/index_buffer/index_format.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

UnitFootprint footprint(const WorkUnit& unit, bool query_forwarding) {
  return footprint(unit, unit.workload.sparse_entries, query_forwarding);
}

UnitFootprint footprint(const WorkUnit& unit, std::uint64_t sparse_entries, bool query_forwarding) {
  UnitFootprint bytes;
  const AttentionLayer& layer = *unit.layer;
  const std::uint64_t query_bytes = std::uint64_t{unit.num_rows} * layer.query_features;
  const std::uint64_t entry_bytes = 2 + index_bytes(layer.num_keys);
  std::uint64_t denser_columns = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    denser_columns += unit.num_denser(head);
    const bool in_denser = unit.num_denser(head) > 0;
    const bool in_sparser =
        unit.num_denser(head) < layer.num_keys && (!in_denser || !query_forwarding);
    if (in_denser) bytes.denser_query += query_bytes;
    if (in_sparser) bytes.sparser_query += query_bytes;
    const std::uint64_t sparse_columns = layer.num_keys - unit.num_denser(head);
    if (sparse_columns > 0) bytes.index += 2 * (sparse_columns + 1 + unit.num_rows + 1);
  }
  bytes.key = std::uint64_t{unit.num_heads} * layer.num_keys * layer.query_features;
  bytes.value = std::uint64_t{unit.num_heads} * layer.num_keys * layer.value_features;
  bytes.scores = denser_columns * unit.num_rows * 2 + sparse_entries * entry_bytes;
  bytes.output = std::uint64_t{unit.total_rows()} * layer.value_features;
  bytes.index += sparse_entries * index_bytes(layer.num_queries);
  // One mask bit for each entry of the denser blocks.
  bytes.index += ceil_div(denser_columns * unit.num_rows, 8U);
  return bytes;
}

}  // namespace vitcod
