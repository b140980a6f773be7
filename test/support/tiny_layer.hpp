// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "hw_models/compiler/attention/work_unit.hpp"
#include "sim/base/random.hpp"
#include "workloads/polarization.hpp"

namespace vitcod::test {

/// A map drawn as text: a string a query row, a character a key, 'x' for a kept entry.
using Drawing = std::vector<std::string>;

inline KeptMap kept_map_of(const Drawing& drawing) {
  const auto num_queries = static_cast<std::uint32_t>(drawing.size());
  const auto num_keys = static_cast<std::uint32_t>(drawing[0].size());
  KeptMap map(num_queries, num_keys);
  for (std::uint32_t q = 0; q < num_queries; ++q) {
    for (std::uint32_t k = 0; k < num_keys; ++k) map.set(q, k, drawing[q][k] == 'x');
  }
  return map;
}

/// One head of a tiny layer: its map, and how many of its first keys are denser columns.
struct TinyHead {
  Drawing drawing;
  std::uint32_t num_denser = 0;
};

/// An attention layer made by hand, with the keys in their original order.
class TinyLayer {
 public:
  TinyLayer(const std::vector<TinyHead>& heads, std::uint32_t query_features,
            std::uint32_t value_features) {
    map.num_queries = static_cast<std::uint32_t>(heads[0].drawing.size());
    map.num_keys = static_cast<std::uint32_t>(heads[0].drawing[0].size());
    for (const TinyHead& head : heads) add(kept_map_of(head.drawing), head.num_denser);
    describe(query_features, value_features);
  }
  TinyLayer(const std::vector<KeptMap>& maps, const std::vector<std::uint32_t>& num_denser,
            std::uint32_t query_features, std::uint32_t value_features) {
    map.num_queries = maps[0].num_queries();
    map.num_keys = maps[0].num_keys();
    for (std::size_t h = 0; h < maps.size(); ++h) add(maps[h], num_denser[h]);
    describe(query_features, value_features);
  }
  TinyLayer(const TinyLayer&) = delete;
  TinyLayer& operator=(const TinyLayer&) = delete;

  /// Some rows of some heads as a unit.
  WorkUnit unit(std::uint32_t first_head, std::uint32_t num_heads, std::uint32_t first_row,
                std::uint32_t num_rows, bool polarized = true) const {
    WorkUnit unit;
    unit.layer = &layer;
    unit.first_head = first_head;
    unit.num_heads = num_heads;
    unit.first_row = first_row;
    unit.num_rows = num_rows;
    unit.polarized = polarized;
    const LayerProfile profile(layer, polarized, 0, 1);
    unit.row_counts = profile.row_counts();
    unit.workload = profile.workload(unit);
    unit.is_in_first_group = first_head == 0;
    unit.is_first_load = first_head == 0 && first_row == 0;
    return unit;
  }
  WorkUnit whole(bool polarized = true) const {
    return unit(0, layer.num_heads, 0, layer.num_queries, polarized);
  }
  /// Some rows of some heads as the engines see them, with masked denser blocks.
  std::shared_ptr<const AttentionTile> tile(std::uint32_t first_head, std::uint32_t num_heads,
                                            std::uint32_t first_row, std::uint32_t num_rows,
                                            bool polarized = true) const {
    return tile_of(unit(first_head, num_heads, first_row, num_rows, polarized), true, true);
  }
  std::shared_ptr<const AttentionTile> tile(bool polarized = true) const {
    return tile_of(whole(polarized), true, true);
  }

  PolarizedMap map;
  AttentionLayer layer;

 private:
  void add(const KeptMap& kept, std::uint32_t num_denser) {
    std::vector<std::uint32_t> order(kept.num_keys());
    std::iota(order.begin(), order.end(), 0U);
    map.heads.push_back(polarize(kept, std::move(order), num_denser));
  }
  void describe(std::uint32_t query_features, std::uint32_t value_features) {
    layer.name = "tiny";
    layer.num_heads = static_cast<std::uint32_t>(map.heads.size());
    layer.num_queries = map.num_queries;
    layer.num_keys = map.num_keys;
    layer.query_features = query_features;
    layer.value_features = value_features;
    layer.map = &map;
  }
};

/// A map in which each entry is kept with `percent` per cent, the first row and column included.
inline KeptMap random_map(Random& random, std::uint32_t num_queries, std::uint32_t num_keys,
                          std::uint32_t percent) {
  KeptMap map(num_queries, num_keys);
  for (std::uint32_t q = 0; q < num_queries; ++q) {
    for (std::uint32_t k = 0; k < num_keys; ++k) {
      map.set(q, k, random.uniform_below(100) < percent);
    }
  }
  return map;
}

}  // namespace vitcod::test
