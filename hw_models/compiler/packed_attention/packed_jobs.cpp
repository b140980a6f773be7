// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/packed_attention/packed_jobs.hpp"

#include <algorithm>
#include <numeric>

#include "hw_models/mask_predictor/predict_kernel.hpp"
#include "hw_models/normaliser/normaliser_kernels.hpp"
#include "hw_models/pack_unit/pack_kernel.hpp"
#include "hw_models/score_array/score_array_kernel.hpp"

namespace vitcod {

void PackedJobs::add(const PackedCut& cut) {
  std::vector<Held> held;
  for (const PackedTile& tile : cut) held.push_back(hold(tile));
  for (std::size_t i = 0; i < cut.size(); ++i) {
    const bool is_predicted_here = prediction_ == PredictionMode::kSerial ||
                                   (prediction_ == PredictionMode::kOverlapped && i == 0);
    if (is_predicted_here) predict(cut[i], held[i], begin(true));
    Job& job = begin(!is_predicted_here);
    job.phase = units_.attend;
    if (prediction_ == PredictionMode::kOff) {
      load_queries_and_keys(cut[i], held[i]);
      job.claims.push_back(held[i].mask);
    }
    attend(cut[i], held[i], job);
    if (prediction_ == PredictionMode::kOverlapped && i + 1 < cut.size()) {
      predict(cut[i + 1], held[i + 1], job);
      job.phase = units_.attend;
    }
    jobs_.end_tile();
  }
}

PackedJobs::Held PackedJobs::hold(const PackedTile& tile) {
  const Target& target = jobs_.target();
  Held held;
  held.query = jobs_.add_region(target.input_pool, tile.query_bytes);
  held.key = jobs_.add_region(target.input_pool, tile.key_bytes);
  held.value = jobs_.add_region(target.input_pool, tile.value_bytes);
  held.mask = jobs_.add_region(target.index_pool, tile.mask_bytes);
  held.output = jobs_.add_region(target.output_pool, tile.output_bytes);
  return held;
}

Job& PackedJobs::begin(bool begins_tile) {
  Job& job = begins_tile ? jobs_.begin_tile(layer_.layer) : jobs_.add_job(layer_.layer);
  for (const TensorId tensor : {layer_.query, layer_.key, layer_.value}) jobs_.wait_for(tensor);
  return job;
}

void PackedJobs::predict(const PackedTile& tile, const Held& held, Job& job) {
  job.phase = units_.predict;
  load_queries_and_keys(tile, held);
  job.claims.push_back(held.mask);
  auto kernel = std::make_shared<PredictKernel>();
  kernel->tile = tile.tile;
  kernel->query = held.query;
  kernel->key = held.key;
  const MapPrediction& prediction = *layer_.prediction;
  if (prediction.query != layer_.query || prediction.key != layer_.key) {
    kernel->stand_ins = {prediction.query, prediction.key};
  }
  kernel->threshold = prediction.threshold;
  job.orders.push_back(Order{units_.predictor, kernel, Order::Ends::kReported});
}

void PackedJobs::load_queries_and_keys(const PackedTile& tile, const Held& held) {
  jobs_.add_load(load(tile, RowPlacement::Operand::kKey, held.key), {held.key});
  jobs_.add_load(load(tile, RowPlacement::Operand::kQuery, held.query), {held.query});
}

void PackedJobs::attend(const PackedTile& tile, const Held& held, Job& job) {
  jobs_.add_load(load(tile, RowPlacement::Operand::kValue, held.value), {held.value});
  job.store = output(tile);
  job.store->job = static_cast<std::uint32_t>(jobs_.last_job());
  jobs_.note_written(layer_.output);
  job.stored = held.output;
  job.claims.push_back(held.output);
  order_rows(tile, held, job);
  job.frees = {held.query, held.key, held.value, held.mask};
}

void PackedJobs::order_rows(const PackedTile& tile, const Held& held, Job& job) {
  auto normalise = std::make_shared<NormaliseKernel>();
  normalise->tile = tile.tile;
  normalise->store = &*job.store;
  normalise->rows_a_packet = std::max(1U, jobs_.target().packet_bytes / layer_.value_features);
  job.orders.push_back(Order{units_.normaliser, normalise, Order::Ends::kDrained});
  auto pack = std::make_shared<PackKernel>();
  pack->tile = tile.tile;
  job.orders.push_back(Order{units_.pack_unit, pack, Order::Ends::kReported});
  auto array = std::make_shared<ScoreArrayKernel>();
  array->tile = tile.tile;
  array->query = held.query;
  array->key = held.key;
  array->value = held.value;
  job.orders.push_back(Order{units_.array, array, Order::Ends::kReported});
}

/// Rows of all heads of the tile lie together.
Transfer PackedJobs::load(const PackedTile& tile, RowPlacement::Operand operand,
                          RegionId region) const {
  const bool is_query = operand == RowPlacement::Operand::kQuery;
  const bool is_value = operand == RowPlacement::Operand::kValue;
  const AttentionTile& of = *tile.tile;
  const TensorId tensor = is_query ? layer_.query : is_value ? layer_.value : layer_.key;
  auto placement = std::make_shared<RowPlacement>();
  placement->operand = operand;
  placement->engine_outputs = {units_.row_output, 0};
  placement->region = region;
  placement->tile = tile.tile;
  placement->row_bytes = is_value ? layer_.value_features : layer_.query_features;
  placement->num_heads = layer_.num_heads;
  placement->keeps_all = true;
  const std::uint32_t num_rows = of.num_heads * placement->rows_a_head();
  std::vector<std::uint32_t> kept(std::size_t{num_rows} + 1);
  std::iota(kept.begin(), kept.end(), 0U);
  placement->kept_before = {std::move(kept), std::vector<std::uint32_t>(std::size_t{num_rows} + 1)};
  const LayerHead first_head{of.first_head};
  const std::uint64_t first =
      value_of(is_query ? LayerQueries(layer_.num_queries).index(first_head, QueryRow{of.first_row})
                        : LayerKeys(layer_.num_keys).index(first_head, KeyToken{0}));
  const std::uint32_t row_bytes = placement->row_bytes;
  Transfer transfer;
  transfer.label.role = is_query   ? TensorRole::kQuery
                        : is_value ? TensorRole::kValue
                                   : TensorRole::kKey;
  if (!is_query && of.first_row > 0) transfer.label.reason = TransferReason::kReload;
  transfer.buffer = jobs_.target().input_buffer;
  transfer.stretches = {Stretch{layout_.address(tensor) + first * row_bytes,
                                std::uint64_t{num_rows} * row_bytes, row_bytes, 0, 0}};
  transfer.placement = std::move(placement);
  return transfer;
}

/// A stretch a head.
Transfer PackedJobs::output(const PackedTile& tile) const {
  const AttentionTile& of = *tile.tile;
  const std::uint32_t row_bytes = layer_.value_features;
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kOutput, TransferReason::kWriteBack};
  transfer.outputs = jobs_.target().results_output;
  for (std::uint32_t head = 0; head < of.num_heads; ++head) {
    const std::uint64_t row =
        value_of(LayerQueries(layer_.num_queries)
                     .index(of.layer_head(TileHead{head}), QueryRow{of.first_row}));
    const std::uint32_t first = value_of(of.row_index(TileHead{head}, HeadRow{0}));
    transfer.stretches.push_back(Stretch{layout_.address(layer_.output) + row * row_bytes,
                                         std::uint64_t{of.num_rows} * row_bytes, row_bytes, first,
                                         std::uint64_t{first} * row_bytes});
  }
  return transfer;
}

}  // namespace vitcod
