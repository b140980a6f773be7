// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "hw_models/compiler/attention/work_unit.hpp"
#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/target.hpp"
#include "hw_models/decoder/row_placement.hpp"
#include "hw_models/index_filter/filter_placement.hpp"

namespace vitcod {

/// Makes the descriptors of an attention layer's loads and stores, unit by unit.
class AttentionLoads {
 public:
  AttentionLoads(const AttentionLayer& layer, const DramLayout& layout, const Target& target)
      : layer_(layer), layout_(layout), target_(target) {}

  /// Auto-encoder weights and biases, to both engines, as set number `set`.
  Transfer weights(bool polarized, std::uint32_t set) const;
  /// CSC index of a unit, with the mask bits of its denser blocks.
  Transfer index(std::uint64_t address, std::uint64_t bytes, RegionId region) const;
  /// The starts of the tile's rows, out of its index at `address`: once more, for the SpMM.
  Transfer row_starts(const AttentionTile& tile, std::uint64_t address, RegionId region) const;
  /// Numbers of the kept tokens, for the index filter.
  Transfer kept_tokens() const;
  /// Index of `source`, at `address`, of which the filter makes that of `tile`, `bytes` of it.
  Transfer filtered_index(const std::shared_ptr<const AttentionTile>& source,
                          const std::shared_ptr<const AttentionTile>& tile, std::uint64_t address,
                          std::uint64_t bytes, RegionId region) const;
  /// K and V of the unit's keys; Q of its rows comes for each of their key tiles.
  Transfer keys(const WorkUnit& unit, const std::shared_ptr<const AttentionTile>& tile,
                RegionId region, std::uint32_t weight_set);
  /// Q rows for the engine that holds each head: the denser one if it has columns of the head.
  Transfer queries(const WorkUnit& unit, const std::shared_ptr<const AttentionTile>& tile,
                   RegionId region, std::uint32_t weight_set) const;
  /// Without forwarding: Q rows of heads in the denser engine, once more for the sparser engine;
  /// none if there are no such rows.
  std::optional<Transfer> sparser_queries(const WorkUnit& unit,
                                          const std::shared_ptr<const AttentionTile>& tile,
                                          RegionId region, std::uint32_t weight_set) const;
  Transfer values(const WorkUnit& unit, const std::shared_ptr<const AttentionTile>& tile,
                  RegionId region);
  /// Output rows, a stretch a head.
  Transfer output(const WorkUnit& unit) const;

 private:
  using Operand = RowPlacement::Operand;
  std::shared_ptr<RowPlacement> new_placement(RowPlacement::Kind kind) const;
  std::shared_ptr<RowPlacement> row_placement(const std::shared_ptr<const AttentionTile>& tile,
                                              Operand operand, RegionId region) const;
  std::shared_ptr<RowPlacement> key_placement(const std::shared_ptr<const AttentionTile>& tile,
                                              Operand operand, RegionId region);
  Transfer new_load(TensorRole role, std::uint8_t buffer,
                    std::shared_ptr<const Placement> placement) const;
  Transfer query_transfer(const WorkUnit& unit, const std::shared_ptr<const AttentionTile>& tile,
                          RegionId region, std::uint32_t weight_set, bool again) const;
  void add_tokens(Transfer& transfer, TensorId tensor, std::uint32_t first,
                  std::uint32_t number) const;
  template <typename Wanted>
  void add_rows_of_heads(Transfer& transfer, const WorkUnit& unit, TensorId tensor,
                         std::uint32_t row_bytes, std::uint32_t first_row, std::uint32_t num_rows,
                         std::uint32_t rows_a_head, Wanted wanted) const;

  template <typename Wanted>
  void add_rows_in_turn(Transfer& transfer, const WorkUnit& unit, Wanted wanted) const;

  std::shared_ptr<FilterPlacement> filter_placement(FilterPlacement::Kind kind) const;

  /// Rows of K or V that the engines keep, by map, heads and kind of the load: tiles of rows share
  /// them.
  using KeptRows = std::array<SharedArray<std::uint32_t>, 2>;
  using KeptKey =
      std::tuple<const PolarizedMap*, std::uint32_t, std::uint32_t, bool, RowPlacement::Kind>;

  const AttentionLayer& layer_;
  const DramLayout& layout_;
  const Target& target_;
  std::map<KeptKey, KeptRows> kept_keys_;
};

}  // namespace vitcod
