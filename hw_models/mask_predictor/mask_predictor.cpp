// SPDX-License-Identifier: Apache-2.0
#include "hw_models/mask_predictor/mask_predictor.hpp"

#include "hw_models/mask_predictor/predicted_row.hpp"

namespace vitcod {

MaskPredictor::MaskPredictor(const sc_core::sc_module_name& name, Clock& clock,
                             const MaskPredictorConfig& config, std::uint32_t segment_keys,
                             EngineContents* contents, StatGroup& parent)
    : Block(name, clock),
      cost_(cost_of(config)),
      segment_keys_(segment_keys),
      contents_(contents),
      stats_(parent, basename()) {}

Cycle MaskPredictor::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  if (!order_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  begin(kernel_as<PredictKernel>(*order_in->pop().kernel), now);
  return busy_.end();
}

void MaskPredictor::begin(const PredictKernel& kernel, Cycle now) {
  const AttentionTile& tile = *kernel.tile;
  const PredictionSize size{tile.num_heads, tile.num_rows, tile.num_keys(), tile.query_features,
                            segment_keys_};
  check(size.keys <= cost_.config.max_keys, "a row has more keys than the predictor holds exps of");
  count(size);
  if (contents_ != nullptr) compare_masks(kernel);
  cycles_.standing(Activity::kPredicting);
  busy_.begin(now, cost_.cycles(size));
  done_out->push_at(UnitDone{}, busy_.last());
}

void MaskPredictor::count(const PredictionSize& size) {
  const std::uint64_t scores = size.heads * size.rows * size.keys;
  macs_ += scores * size.features;
  exps_ += scores;
  words_ += size.heads * size.rows * ceil_div(size.keys, size.segment_keys);
  // Q of a block once, K for each block.
  const std::uint64_t blocks = ceil_div(size.rows, std::uint64_t{cost_.config.rows});
  operand_bytes_ += size.heads * (size.rows + blocks * size.keys) * size.features;
}

void MaskPredictor::compare_masks(const PredictKernel& kernel) {
  const AttentionTile& tile = *kernel.tile;
  const SegmentedMask mask(tile, segment_keys_);
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    for (std::uint32_t row = 0; row < tile.num_rows; ++row) {
      check(is_as_predicted(kernel, mask, head, row),
            "the mask that is predicted differs from the trace's");
    }
  }
}

bool MaskPredictor::is_as_predicted(const PredictKernel& kernel, const SegmentedMask& mask,
                                    std::uint32_t head, std::uint32_t row) {
  const AttentionTile& tile = *kernel.tile;
  const ScoreFormat format(tile.query_features, kPredictedFractionBits);
  const std::int8_t* query = operand(kernel, true, TileHead{head}, row);
  PredictedRow predicted(format);
  for (std::uint32_t key = 0; key < tile.num_keys(); ++key) {
    const std::int8_t* k = operand(kernel, false, TileHead{head}, key);
    std::int32_t product = 0;
    for (std::uint32_t f = 0; f < tile.query_features; ++f) {
      product += std::int32_t{four_bits(query[f])} * four_bits(k[f]);
    }
    predicted.add(product);
  }
  const std::vector<bool> kept = predicted.kept(kernel.threshold);
  for (std::uint32_t key = 0; key < tile.num_keys(); ++key) {
    const std::uint64_t word = mask.word(TileHead{head}, key / segment_keys_, HeadRow{row});
    if (kept[key] != ((word >> (key % segment_keys_) & 1U) != 0)) return false;
  }
  return true;
}

/// A row of Q of the head's tile, or one of K.
const std::int8_t* MaskPredictor::operand(const PredictKernel& kernel, bool is_query, TileHead head,
                                          std::uint32_t row_or_token) {
  const AttentionTile& tile = *kernel.tile;
  if (!kernel.stand_ins) {
    return is_query ? contents_->query_value.row(
                          kernel.query, value_of(tile.row_index(head, HeadRow{row_or_token})))
                    : contents_->key_score.row(
                          kernel.key, value_of(tile.token_index(head, KeyToken{row_or_token})));
  }
  const TensorId tensor = (*kernel.stand_ins)[is_query ? 0 : 1];
  auto [entry, is_new] = stand_in_values_.try_emplace(tensor);
  if (is_new) entry->second = stand_ins_(tensor);
  const LayerHead of_layer = tile.layer_head(head);
  const TensorRow row = is_query
                            ? LayerQueries(tile.map->num_queries)
                                  .index(of_layer, tile.query_row(HeadRow{row_or_token}))
                            : LayerKeys(tile.num_keys()).index(of_layer, KeyToken{row_or_token});
  return &entry->second[value_of(row) * tile.query_features];
}

}  // namespace vitcod
