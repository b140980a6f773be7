// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/auto_encoder/encode_jobs.hpp"

#include "hw_models/encoder/token_placement.hpp"

namespace vitcod {
namespace {

std::shared_ptr<TokenPlacement> placement_of(const EncodeLayer& layer, const Target& target,
                                             std::uint32_t weight_set) {
  auto placement = std::make_shared<TokenPlacement>();
  placement->output = target.encoder_output;
  placement->heads_in = layer.heads_in;
  placement->heads_out = layer.heads_out;
  placement->features = layer.features;
  placement->weight_set = weight_set;
  return placement;
}

Transfer weights_of(const EncodeLayer& layer, const DramLayout& layout, const Target& target,
                    std::uint32_t weight_set) {
  auto placement = placement_of(layer, target, weight_set);
  placement->is_weights = true;
  Transfer transfer;
  transfer.label.role = TensorRole::kWeights;
  transfer.buffer = target.weight_buffer;
  for (TensorId tensor : {layer.weights, layer.bias}) {
    const std::uint64_t bytes = layout.bytes(tensor);
    transfer.stretches.push_back(Stretch{layout.address(tensor), bytes, 0, 0, placement->bytes});
    placement->bytes += bytes;
  }
  transfer.placement = std::move(placement);
  return transfer;
}

Transfer compressed(const EncodeLayer& layer, const TokenTile& tile, const DramLayout& layout,
                    const Target& target) {
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kCompressed, TransferReason::kWriteBack};
  transfer.outputs = target.results_output;
  transfer.stretches.push_back(
      tokens_of(tile, layout.address(layer.output), layer.heads_out * layer.features));
  return transfer;
}

Transfer uncompressed(const EncodeLayer& layer, const TokenTile& tile, const DramLayout& layout,
                      const Target& target, std::uint32_t weight_set, const Transfer& store) {
  auto placement = placement_of(layer, target, weight_set);
  placement->store = &store;
  Transfer transfer;
  transfer.label.role = TensorRole::kUncompressed;
  transfer.buffer = target.input_buffer;
  transfer.stretches.push_back(
      tokens_of(tile, layout.address(layer.input), layer.heads_in * layer.features));
  transfer.placement = std::move(placement);
  return transfer;
}

/// `weight_set`: of the encoding; set by its first tile, which brings the weights.
void add_tile(const EncodeLayer& layer, const TokenTile& tile, const DramLayout& layout,
              JobList& jobs, std::uint32_t& weight_set) {
  const Target& target = jobs.target();
  Job& job = jobs.begin_tile(layer.layer);
  jobs.wait_for(layer.input);
  job.streams = true;
  job.phase = job.operands_phase = target.encode;
  job.store = compressed(layer, tile, layout, target);
  job.store->job = static_cast<std::uint32_t>(jobs.last_job());
  job.stored = jobs.add_region(target.output_pool,
                               whole_banks(job.store->bytes(), target.holding.output_bank_bytes));
  if (tile.first_token == 0) {
    weight_set = jobs.encoder_weights.begin(job);
    jobs.add_load(weights_of(layer, layout, target, weight_set), {}).is_fence = true;
  }
  jobs.encoder_weights.use(jobs.last_job());
  jobs.add_load(uncompressed(layer, tile, layout, target, weight_set, *job.store), {job.stored})
      .after_fences = true;
  jobs.note_written(layer.output);
  jobs.end_tile();
}

}  // namespace

void add_encoding(const EncodeLayer& layer, std::uint64_t output_bytes, const DramLayout& layout,
                  JobList& jobs) {
  std::uint32_t weight_set = 0;
  for (const TokenTile& tile : encode_tiles(layer, output_bytes)) {
    add_tile(layer, tile, layout, jobs, weight_set);
  }
}

}  // namespace vitcod
