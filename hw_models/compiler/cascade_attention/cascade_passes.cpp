// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/cascade_attention/cascade_passes.hpp"

#include "hw_models/query_key_array/low_bits.hpp"

namespace vitcod {
namespace {

std::uint64_t sum_of(const std::vector<RowRun>& runs) {
  std::uint64_t rows = 0;
  for (const RowRun& run : runs) rows += run.num;
  return rows;
}

/// Of one tensor of the group, without rows.
PassOperand operand(TensorRole role, TensorId tensor, RegionId PairTile::*region,
                    std::uint64_t row_bytes, const HeadGroup& group, std::uint32_t rows_a_head) {
  PassOperand operand;
  operand.role = role;
  operand.tensor = tensor;
  operand.region = region;
  operand.row_bytes = static_cast<std::uint32_t>(row_bytes);
  operand.first_row = std::uint64_t{group.first_head} * rows_a_head;
  operand.group_rows = std::uint64_t{group.num_heads} * rows_a_head;
  return operand;
}

/// The passes of one group in the making.
class GroupPasses {
 public:
  GroupPasses(const AttentionLayer& layer, const CascadeBlock& chosen, const HeadGroup& group)
      : layer_(layer), group_(group) {
    tile_.first_head = group.first_head;
    tile_.num_heads = group.num_heads;
    tile_.num_queries = layer.num_queries;
    tile_.num_keys = layer.num_keys;
    tile_.query_features = layer.query_features;
    tile_.value_features = layer.value_features;
    tile_.block_heads = layer.num_heads;
    tile_.begins_cascade = chosen.begins_cascade && group.first_head == 0;
    tile_.choice = chosen.values;
  }

  /// All rows.
  CascadePass whole(RowPass rows, bool has_low_scores, bool has_low_values) {
    tile_.pass = rows;
    tile_.has_low_scores = has_low_scores;
    tile_.has_low_values = has_low_values;
    CascadePass pass;
    pass.tile = tile_;
    add_all(keys(), pass);
    if (has_low_scores) add_all(low_keys(), pass);
    add_all(queries(), pass);
    if (has_low_scores) add_all(low_queries(), pass);
    add_all(operand(TensorRole::kValue, layer_.value, &PairTile::value, layer_.value_features,
                    group_, layer_.num_keys),
            pass);
    if (has_low_values) {
      add_all(operand(TensorRole::kValue, *layer_.value_low, &PairTile::value_low,
                      low_bytes(layer_.value_features), group_, layer_.num_keys),
              pass);
    }
    pass.outputs = final_runs();
    return pass;
  }

  /// Flat rows, after a first pass without low bits.
  CascadePass again() {
    tile_.pass = RowPass::kAgain;
    tile_.begins_cascade = false;
    tile_.has_low_scores = true;
    for (std::uint32_t row = 0; row < group_.num_heads * layer_.num_queries; ++row) {
      if (tile_.is_flat(row)) tile_.flat_rows.push_back(row);
    }
    CascadePass pass;
    pass.tile = tile_;
    pass.outputs = final_runs();
    PassOperand& keys = pass.operands.emplace_back(low_keys());
    for (std::uint32_t head = 0; head < group_.num_heads; ++head) {
      const std::size_t first = std::size_t{group_.first_head + head} * layer_.num_queries;
      if (!tile_.choice->any_flat(first, layer_.num_queries)) continue;
      keys.rows.push_back({head * layer_.num_keys, layer_.num_keys});
    }
    pass.operands.emplace_back(low_queries()).rows = pass.outputs;
    return pass;
  }

  bool any_flat() const {
    return tile_.choice->any_flat(std::size_t{group_.first_head} * layer_.num_queries,
                                  std::size_t{group_.num_heads} * layer_.num_queries);
  }

 private:
  PassOperand keys() const {
    return operand(TensorRole::kKey, layer_.key, &PairTile::key, layer_.query_features, group_,
                   layer_.num_keys);
  }
  PassOperand queries() const {
    return operand(TensorRole::kQuery, layer_.query, &PairTile::query, layer_.query_features,
                   group_, layer_.num_queries);
  }
  PassOperand low_keys() const {
    return operand(TensorRole::kKey, *layer_.key_low, &PairTile::key_low,
                   low_bytes(layer_.query_features), group_, layer_.num_keys);
  }
  PassOperand low_queries() const {
    return operand(TensorRole::kQuery, *layer_.query_low, &PairTile::query_low,
                   low_bytes(layer_.query_features), group_, layer_.num_queries);
  }
  static void add_all(PassOperand operand, CascadePass& pass) {
    operand.rows = {RowRun{0, static_cast<std::uint32_t>(operand.group_rows)}};
    pass.operands.push_back(std::move(operand));
  }

  /// Of the rows that the tile's pass makes outputs of.
  std::vector<RowRun> final_runs() const {
    std::vector<RowRun> runs;
    for (std::uint32_t row = 0; row < group_.num_heads * layer_.num_queries; ++row) {
      if (!tile_.is_final(row)) continue;
      const bool follows = !runs.empty() && runs.back().first + runs.back().num == row &&
                           row % layer_.num_queries != 0;
      if (!follows) runs.push_back({row, 0});
      ++runs.back().num;
    }
    return runs;
  }

  const AttentionLayer& layer_;
  const HeadGroup group_;
  PairTile tile_;
};

}  // namespace

std::uint64_t PassOperand::bytes() const { return sum_of(rows) * row_bytes; }

std::uint64_t CascadePass::output_rows() const { return sum_of(outputs); }

std::vector<CascadePass> cascade_passes(const AttentionLayer& layer, const CascadeBlock& chosen,
                                        const HeadGroup& group, const LowBitsConfig& low_bits) {
  GroupPasses passes(layer, chosen, group);
  if (low_bits.rows != LowBits::kFlatRows) {
    return {passes.whole(RowPass::kWhole, low_bits.has_any(), low_bits.has_any())};
  }
  std::vector<CascadePass> result{passes.whole(RowPass::kFirst, false, true)};
  if (passes.any_flat()) result.push_back(passes.again());
  return result;
}

}  // namespace vitcod
