// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/layer_norm/norm_jobs.hpp"

#include "hw_models/layer_norm/norm_placement.hpp"

namespace vitcod {
namespace {

/// Appends the jobs of one layer norm.
class NormJobs {
 public:
  NormJobs(const NormLayer& layer, const DramLayout& layout, JobList& jobs)
      : layer_(layer), layout_(layout), jobs_(jobs), target_(jobs.target()) {}

  void add_tile(const TokenTile& tile) {
    Job& job = jobs_.begin_tile(layer_.layer);
    jobs_.wait_for(layer_.input);
    job.streams = true;
    job.phase = job.operands_phase = target_.layer_norm;
    job.store = results(tile);
    job.store->job = static_cast<std::uint32_t>(jobs_.last_job());
    job.stored = jobs_.add_region(
        target_.output_pool, whole_banks(job.store->bytes(), target_.holding.output_bank_bytes));
    if (tile.first_token == 0) {
      constant_set_ = jobs_.norm_constants.begin(job);
      jobs_.add_load(constants(), {}).is_fence = true;
    }
    jobs_.norm_constants.use(jobs_.last_job());
    jobs_.add_load(tokens(tile, *job.store), {job.stored}).after_fences = true;
    jobs_.note_written(layer_.output);
    jobs_.end_tile();
  }

 private:
  std::shared_ptr<NormPlacement> placement() const {
    auto placement = std::make_shared<NormPlacement>();
    placement->output = target_.norm_output;
    placement->constant_set = constant_set_;
    placement->features = layer_.features;
    placement->result_bytes = layer_.result_bytes;
    return placement;
  }

  Transfer constants() const {
    auto of_constants = placement();
    of_constants->is_constants = true;
    Transfer transfer;
    transfer.label.role = TensorRole::kWeights;
    transfer.buffer = target_.weight_buffer;
    const std::uint64_t bytes = layer_.features;
    transfer.stretches = {Stretch{layout_.address(layer_.gain), bytes, 0, 0, 0},
                          Stretch{layout_.address(layer_.offset), bytes, 0, 0, bytes}};
    transfer.placement = std::move(of_constants);
    return transfer;
  }

  Transfer results(const TokenTile& tile) const {
    Transfer transfer;
    transfer.label = TrafficLabel{TensorRole::kActivation, TransferReason::kWriteBack};
    transfer.outputs = target_.results_output;
    transfer.stretches = {
        tokens_of(tile, layout_.address(layer_.output), layer_.features * layer_.result_bytes)};
    return transfer;
  }

  Transfer tokens(const TokenTile& tile, const Transfer& store) const {
    auto of_tokens = placement();
    of_tokens->store = &store;
    Transfer transfer;
    transfer.label.role = TensorRole::kResidual;
    transfer.buffer = target_.input_buffer;
    transfer.stretches = {tokens_of(tile, layout_.address(layer_.input), 2 * layer_.features)};
    transfer.placement = std::move(of_tokens);
    return transfer;
  }

  const NormLayer& layer_;
  const DramLayout& layout_;
  JobList& jobs_;
  const Target& target_;
  std::uint32_t constant_set_ = 0;
};

}  // namespace

void add_norm(const NormLayer& layer, std::uint64_t output_bytes, const DramLayout& layout,
              JobList& jobs) {
  NormJobs norm(layer, layout, jobs);
  for (const TokenTile& tile : norm_tiles(layer, output_bytes)) norm.add_tile(tile);
}

}  // namespace vitcod
