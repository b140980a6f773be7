// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/attention_loads.hpp"

#include <algorithm>

#include "hw_models/compiler/attention/engine_indices.hpp"
#include "hw_models/index_filter/source_index.hpp"

namespace vitcod {
namespace {

/// Fills in the rows that each engine keeps, from `kept(row)`, {denser, sparser} rows that one row
/// of the transfer becomes.
template <typename Kept>
void count_kept(RowPlacement& placement, std::uint32_t num_rows, Kept kept) {
  std::array<std::vector<std::uint32_t>, 2> before;
  for (auto& of_engine : before) of_engine.assign(std::size_t{num_rows} + 1, 0);
  for (std::uint32_t row = 0; row < num_rows; ++row) {
    const std::array<std::uint32_t, 2> rows = kept(row);
    for (std::size_t e : {kDenser, kSparser}) before[e][row + 1] = before[e][row] + rows[e];
  }
  placement.kept_before = {std::move(before[kDenser]), std::move(before[kSparser])};
}

/// Likewise of K or V of the tile: rows of the heads' denser columns to the denser engine.
void count_kept_keys(const AttentionTile& tile, RowPlacement& placement) {
  const std::uint32_t num_keys = tile.num_keys();
  const TileTokens tokens(num_keys);
  std::vector<bool> denser(std::size_t{tile.num_heads} * num_keys, false);
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    for (std::uint32_t p = 0; p < tile.num_denser(head); ++p) {
      const KeyToken token{tile.head(head).key_order[p]};
      denser[value_of(tile.token_index(TileHead{head}, token))] = true;
    }
  }
  const auto kept_of = [&](TileHead head, KeyToken token) {
    if (tile.rows_of(value_of(head)).is_pruned) return std::array{0U, 0U};
    return denser[value_of(tile.token_index(head, token))] ? std::array{1U, 0U}
                                                           : std::array{0U, 1U};
  };
  if (placement.kind == RowPlacement::Kind::kRows) {
    count_kept(placement, tile.num_heads * num_keys, [&](std::uint32_t row) {
      return kept_of(tokens.head_of(KeyIndex{row}), tokens.row_of(KeyIndex{row}));
    });
    return;
  }
  count_kept(placement, num_keys, [&](std::uint32_t token) {
    std::array<std::uint32_t, 2> kept{};
    for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
      const std::array<std::uint32_t, 2> of_head = kept_of(TileHead{head}, KeyToken{token});
      for (std::size_t e : {kDenser, kSparser}) kept[e] += of_head[e];
    }
    return kept;
  });
}

/// Heads (within the unit) that are not pruned throughout.
auto is_kept(const WorkUnit& unit) {
  return [&unit](std::uint32_t head) { return !unit.rows_of(head).is_pruned; };
}

bool keeps_any(const RowPlacement& placement) {
  return placement.kept_before[kDenser].back() + placement.kept_before[kSparser].back() > 0;
}

/// Of the leading `rows` of a transfer of whole tokens.
Residency residency_of(const WorkUnit& unit, std::uint32_t rows, const Transfer& transfer) {
  return {std::uint64_t{rows} * transfer.stretches[0].row_bytes, !unit.is_first_load,
          !unit.is_last_load};
}

}  // namespace

std::shared_ptr<RowPlacement> AttentionLoads::new_placement(RowPlacement::Kind kind) const {
  auto placement = std::make_shared<RowPlacement>();
  placement->kind = kind;
  placement->engine_outputs = target_.engine_outputs;
  return placement;
}

std::shared_ptr<RowPlacement> AttentionLoads::row_placement(
    const std::shared_ptr<const AttentionTile>& tile, Operand operand, RegionId region) const {
  const bool compressed = layer_.compressed_heads > 0 && operand != Operand::kValue;
  auto placement =
      new_placement(compressed ? RowPlacement::Kind::kTokens : RowPlacement::Kind::kRows);
  placement->operand = operand;
  placement->region = region;
  placement->tile = tile;
  placement->row_bytes = operand == Operand::kValue ? layer_.value_features : layer_.query_features;
  if (compressed) placement->compressed_heads = layer_.compressed_heads;
  placement->num_heads = layer_.num_heads;
  return placement;
}

Transfer AttentionLoads::new_load(TensorRole role, std::uint8_t buffer,
                                  std::shared_ptr<const Placement> placement) const {
  Transfer transfer;
  transfer.label.role = role;
  transfer.buffer = buffer;
  transfer.placement = std::move(placement);
  return transfer;
}

Transfer AttentionLoads::weights(bool polarized, std::uint32_t set) const {
  auto placement = new_placement(RowPlacement::Kind::kWeights);
  if (!polarized) placement->engine_outputs[kDenser] = 0;
  placement->weights.set = set;
  Transfer transfer = new_load(TensorRole::kWeights, target_.weight_buffer, nullptr);
  for (TensorId tensor :
       {*layer_.query_weights, *layer_.query_bias, *layer_.key_weights, *layer_.key_bias}) {
    const std::uint64_t bytes = layout_.bytes(tensor);
    transfer.stretches.push_back(Stretch{layout_.address(tensor), bytes, 0, 0, placement->bytes});
    placement->bytes += bytes;
  }
  transfer.placement = std::move(placement);
  return transfer;
}

Transfer AttentionLoads::index(std::uint64_t address, std::uint64_t bytes, RegionId region) const {
  auto placement = new_placement(RowPlacement::Kind::kIndex);
  placement->engine_outputs[kDenser] = 0;
  placement->region = region;
  placement->bytes = bytes;
  Transfer transfer = new_load(TensorRole::kIndex, target_.input_buffer, std::move(placement));
  transfer.stretches.push_back(Stretch{address, bytes, 0, 0, 0});
  return transfer;
}

Transfer AttentionLoads::row_starts(const AttentionTile& tile, std::uint64_t address,
                                    RegionId region) const {
  auto placement = new_placement(RowPlacement::Kind::kIndex);
  placement->engine_outputs[kDenser] = 0;
  placement->region = region;
  Transfer transfer = new_load(TensorRole::kIndex, target_.input_buffer, nullptr);
  transfer.label.reason = TransferReason::kReload;
  for (const IndexPiece& piece : vitcod::row_starts(tile)) {
    transfer.stretches.push_back(
        Stretch{address + piece.offset, piece.bytes, 0, 0, placement->bytes});
    placement->bytes += piece.bytes;
  }
  transfer.placement = std::move(placement);
  return transfer;
}

std::shared_ptr<FilterPlacement> AttentionLoads::filter_placement(
    FilterPlacement::Kind kind) const {
  auto placement = std::make_shared<FilterPlacement>();
  placement->output = target_.hub_output;
  placement->unit = target_.hub_ports[static_cast<std::size_t>(HubUnit::kFilter)];
  placement->kind = kind;
  placement->num_source_tokens = layer_.restricted->source->num_keys;
  return placement;
}

Transfer AttentionLoads::kept_tokens() const {
  auto placement = filter_placement(FilterPlacement::Kind::kNumbers);
  const TensorId origins = layer_.restricted->origins;
  placement->load_bytes = layout_.bytes(origins);
  Transfer transfer = new_load(TensorRole::kSelection, target_.input_buffer, std::move(placement));
  transfer.stretches.push_back(Stretch{layout_.address(origins), layout_.bytes(origins), 0, 0, 0});
  return transfer;
}

Transfer AttentionLoads::filtered_index(const std::shared_ptr<const AttentionTile>& source,
                                        const std::shared_ptr<const AttentionTile>& tile,
                                        std::uint64_t address, std::uint64_t bytes,
                                        RegionId region) const {
  auto placement = filter_placement(FilterPlacement::Kind::kIndex);
  placement->source = source;
  placement->tile = tile;
  placement->region = region;
  placement->bytes = bytes;
  placement->load_bytes = source_index_bytes(*source);
  Transfer transfer = new_load(TensorRole::kIndex, target_.input_buffer, nullptr);
  transfer.stretches.push_back(Stretch{address, placement->load_bytes, 0, 0, 0});
  transfer.placement = std::move(placement);
  if (tile->first_row > 0) transfer.label.reason = TransferReason::kReload;
  return transfer;
}

/// Rows of those heads of the unit that are `wanted`, one stretch where they are contiguous.
template <typename Wanted>
void AttentionLoads::add_rows_of_heads(Transfer& transfer, const WorkUnit& unit, TensorId tensor,
                                       std::uint32_t row_bytes, std::uint32_t first_row,
                                       std::uint32_t num_rows, std::uint32_t rows_a_head,
                                       Wanted wanted) const {
  const bool contiguous = num_rows == rows_a_head;
  for (std::uint32_t head = 0; head < unit.num_heads;) {
    const std::uint32_t first = head++;
    if (!wanted(first)) continue;
    while (contiguous && head < unit.num_heads && wanted(head)) ++head;
    const std::uint64_t row = std::uint64_t{unit.first_head + first} * rows_a_head + first_row;
    const std::uint32_t first_of_transfer = first * num_rows;
    transfer.stretches.push_back(Stretch{layout_.address(tensor) + row * row_bytes,
                                         std::uint64_t{head - first} * num_rows * row_bytes,
                                         row_bytes, first_of_transfer,
                                         std::uint64_t{first_of_transfer} * row_bytes});
  }
}

/// Q rows of the `wanted` heads side by side, as many of each in turn as a packet brings: they pass
/// by together.
template <typename Wanted>
void AttentionLoads::add_rows_in_turn(Transfer& transfer, const WorkUnit& unit,
                                      Wanted wanted) const {
  const std::uint64_t row_bytes = layer_.query_features;
  const std::uint32_t at_once =
      std::max(1U, target_.packet_bytes / static_cast<std::uint32_t>(row_bytes));
  for (std::uint32_t row = 0; row < unit.num_rows; row += at_once) {
    const std::uint32_t number = std::min(at_once, unit.num_rows - row);
    for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
      if (!wanted(head)) continue;
      const std::uint64_t of_tensor =
          value_of(LayerQueries(layer_.num_queries)
                       .index(LayerHead{unit.first_head + head}, QueryRow{unit.first_row + row}));
      const std::uint32_t of_transfer =
          value_of(TileRows(unit.num_rows).index(TileHead{head}, HeadRow{row}));
      transfer.stretches.push_back(Stretch{layout_.address(layer_.query) + of_tensor * row_bytes,
                                           number * row_bytes, layer_.query_features, of_transfer,
                                           of_transfer * row_bytes});
    }
  }
}

/// Tokens of compressed heads.
void AttentionLoads::add_tokens(Transfer& transfer, TensorId tensor, std::uint32_t first,
                                std::uint32_t number) const {
  const std::uint32_t token_bytes = layer_.compressed_heads * layer_.query_features;
  transfer.stretches.push_back(Stretch{layout_.address(tensor) + std::uint64_t{first} * token_bytes,
                                       std::uint64_t{number} * token_bytes, token_bytes, 0, 0});
}

/// Placement of K or V.
std::shared_ptr<RowPlacement> AttentionLoads::key_placement(
    const std::shared_ptr<const AttentionTile>& tile, Operand operand, RegionId region) {
  auto placement = row_placement(tile, operand, region);
  KeptRows& kept = kept_keys_[KeptKey{tile->map, tile->first_head, tile->num_heads, tile->polarized,
                                      placement->kind}];
  if (kept[0].empty()) {
    count_kept_keys(*tile, *placement);
    kept = placement->kept_before;
  }
  placement->kept_before = kept;
  return placement;
}

Transfer AttentionLoads::keys(const WorkUnit& unit,
                              const std::shared_ptr<const AttentionTile>& tile, RegionId region,
                              std::uint32_t weight_set) {
  auto placement = key_placement(tile, Operand::kKey, region);
  Transfer transfer = new_load(TensorRole::kKey, target_.input_buffer, placement);
  bool again = unit.first_row > 0;
  if (layer_.compressed_heads > 0) {
    const std::uint64_t matrix_bytes = layout_.bytes(*layer_.query_weights);
    const std::uint64_t key_matrix = matrix_bytes + layout_.bytes(*layer_.query_bias);
    placement->weights =
        DecodeWeights{weight_set, key_matrix, key_matrix + layout_.bytes(*layer_.key_weights)};
    add_tokens(transfer, layer_.key, unit.first_key(), unit.layer->num_keys);
    transfer.residency = residency_of(unit, unit.resident_keys, transfer);
    again = unit.block != nullptr ? again || !unit.is_in_first_group : !unit.is_first_load;
  } else {
    add_rows_of_heads(transfer, unit, layer_.key, layer_.query_features, unit.first_key(),
                      unit.layer->num_keys, layer_.num_keys, is_kept(unit));
  }
  transfer.label.reason = again ? TransferReason::kReload : TransferReason::kFirstLoad;
  return transfer;
}

Transfer AttentionLoads::queries(const WorkUnit& unit,
                                 const std::shared_ptr<const AttentionTile>& tile, RegionId region,
                                 std::uint32_t weight_set) const {
  return query_transfer(unit, tile, region, weight_set, false);
}

std::optional<Transfer> AttentionLoads::sparser_queries(
    const WorkUnit& unit, const std::shared_ptr<const AttentionTile>& tile, RegionId region,
    std::uint32_t weight_set) const {
  if (target_.holding.query_forwarding) return std::nullopt;
  Transfer transfer = query_transfer(unit, tile, region, weight_set, true);
  if (!keeps_any(static_cast<const RowPlacement&>(*transfer.placement))) return std::nullopt;
  return transfer;
}

Transfer AttentionLoads::query_transfer(const WorkUnit& unit,
                                        const std::shared_ptr<const AttentionTile>& tile,
                                        RegionId region, std::uint32_t weight_set,
                                        bool again) const {
  auto placement = row_placement(tile, Operand::kQuery, region);
  placement->again_for_sparser = again;
  placement->query_window = unit.query_window;
  const auto kept_of_head = [&placement](TileHead head) {
    return std::array{placement->keeps(EngineId::kDenser, head, KeyPosition{0}) ? 1U : 0U,
                      placement->keeps(EngineId::kSparser, head, KeyPosition{0}) ? 1U : 0U};
  };
  Transfer transfer = new_load(TensorRole::kQuery, target_.input_buffer, placement);
  if (layer_.compressed_heads > 0) {
    placement->weights = DecodeWeights{weight_set, 0, layout_.bytes(*layer_.query_weights)};
    add_tokens(transfer, layer_.query, unit.first_row, unit.num_rows);
    transfer.residency = residency_of(unit, unit.resident_queries, transfer);
    std::array<std::uint32_t, 2> kept{};
    for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
      for (std::size_t e : {kDenser, kSparser}) kept[e] += kept_of_head(TileHead{head})[e];
    }
    count_kept(*placement, unit.num_rows, [&](std::uint32_t) { return kept; });
  } else {
    const auto wanted = [&](std::uint32_t head) {
      return kept_of_head(TileHead{head}) != std::array{0U, 0U};
    };
    if (unit.query_window > 0) {
      add_rows_in_turn(transfer, unit, wanted);
    } else {
      add_rows_of_heads(transfer, unit, layer_.query, layer_.query_features, unit.first_row,
                        unit.num_rows, layer_.num_queries, wanted);
    }
    count_kept(*placement, unit.total_rows(),
               [&](std::uint32_t row) { return kept_of_head(tile->head_of_row(TileRow{row})); });
  }
  const bool reload =
      again || unit.loads_queries_again || (layer_.compressed_heads > 0 && !unit.is_in_first_group);
  transfer.label.reason = reload ? TransferReason::kReload : TransferReason::kFirstLoad;
  return transfer;
}

Transfer AttentionLoads::values(const WorkUnit& unit,
                                const std::shared_ptr<const AttentionTile>& tile, RegionId region) {
  Transfer transfer = new_load(TensorRole::kValue, target_.input_buffer,
                               key_placement(tile, Operand::kValue, region));
  add_rows_of_heads(transfer, unit, layer_.value, layer_.value_features, unit.first_key(),
                    unit.layer->num_keys, layer_.num_keys, is_kept(unit));
  transfer.label.reason = unit.first_row > 0 ? TransferReason::kReload : TransferReason::kFirstLoad;
  return transfer;
}

Transfer AttentionLoads::output(const WorkUnit& unit) const {
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kOutput, TransferReason::kWriteBack};
  transfer.outputs = target_.results_output;
  const std::uint32_t row_bytes = layer_.value_features;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    const std::uint64_t row =
        value_of(LayerQueries(layer_.num_queries)
                     .index(LayerHead{unit.first_head + head}, QueryRow{unit.first_row}));
    const std::uint32_t first = value_of(TileRows(unit.num_rows).index(TileHead{head}, HeadRow{0}));
    transfer.stretches.push_back(Stretch{layout_.address(layer_.output) + row * row_bytes,
                                         std::uint64_t{unit.num_rows} * row_bytes, row_bytes, first,
                                         std::uint64_t{first} * row_bytes});
  }
  return transfer;
}

}  // namespace vitcod
