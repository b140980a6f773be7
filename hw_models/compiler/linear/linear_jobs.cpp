// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_jobs.hpp"

#include <algorithm>

namespace vitcod {

LinearJobs::LinearJobs(const LinearLayer& layer, const LinearCut& cut, const DramLayout& layout,
                       JobList& jobs)
    : layer_(layer),
      cut_(cut),
      jobs_(jobs),
      loads_(layer, layout, jobs.target()),
      pieces_(pieces_of(layer, cut)),
      num_inputs_(pieces_.back().input + std::size_t{1}),
      inputs_(cut.groups_per_tile * num_inputs_),
      weights_(pieces_.size()) {}

void LinearJobs::add(bool reconfigures) {
  reconfigures_ = reconfigures;
  add_weights_ahead();
  for (std::uint32_t group = 0; group < cut_.num_groups; group += cut_.groups_per_tile) {
    add_tile(group);
  }
  jobs_.note_written(layer_.output);
}

/// What the program writes is not waited for here, so that W is there when X is; only what says
/// which part of W is read, if anything does.
void LinearJobs::add_weights_ahead() {
  Job& job = jobs_.begin_tile(layer_.layer);
  job.phase = jobs_.target().gemm;
  jobs_.wait_for(layer_.weights);
  const LinearBlock block = block_of(0, 0);
  load_constants(block);
  weights_ahead_ = cut_.holds_weights ? pieces_.size() : 1;
  for (std::size_t piece = 0; piece < weights_ahead_; ++piece) load_weights(block, piece);
  goes_on_ = true;
}

void LinearJobs::add_tile(std::uint32_t first_group) {
  const std::uint32_t groups = std::min(cut_.groups_per_tile, cut_.num_groups - first_group);
  for (std::uint32_t b = 0; b < cut_.num_blocks; ++b) {
    if (cut_.carries_sums && groups > 1) {
      add_carried_block(first_group, groups, b);
      continue;
    }
    rows_of_tile_ = 0;
    for (std::uint32_t g = 0; g < groups; ++g) add_block(step_of(first_group, g, groups, b));
  }
}

LinearJobs::Step LinearJobs::step_of(std::uint32_t first_group, std::uint32_t group,
                                     std::uint32_t num_groups, std::uint32_t block) const {
  Step step;
  step.block = block_of(first_group + group, block);
  step.block.reloads = first_group + group > 0;
  step.group = group;
  step.first_block = block == 0;
  step.last_block = block + 1 == cut_.num_blocks;
  step.loads_weights = weights_come(cut_, group);
  step.frees_weights = weights_go(cut_, group, num_groups);
  return step;
}

/// A tile of the program for each piece of W.
void LinearJobs::add_carried_block(std::uint32_t first_group, std::uint32_t num_groups,
                                   std::uint32_t block) {
  rows_of_tile_ = 0;
  for (std::uint32_t g = 0; g < num_groups; ++g) {
    rows_of_tile_ += rows_of_group(layer_, cut_, first_group + g);
  }
  for (std::size_t piece = 0; piece < pieces_.size(); ++piece) {
    for (std::uint32_t g = 0; g < num_groups; ++g) {
      begin_job(g > 0);
      add_job(step_of(first_group, g, num_groups, block), {piece, piece + 1});
    }
    jobs_.end_tile();
  }
}

/// The first job of a tile, or one that goes on with it.
void LinearJobs::begin_job(bool goes_on) {
  if (goes_on || std::exchange(goes_on_, false)) {
    jobs_.add_job(layer_.layer);
  } else {
    jobs_.begin_tile(layer_.layer);
  }
}

LinearBlock LinearJobs::block_of(std::uint32_t group, std::uint32_t block) const {
  LinearBlock found;
  found.first_row = group * cut_.group_rows;
  found.rows = rows_of_group(layer_, cut_, group);
  found.first_column = block * cut_.block_columns;
  found.columns = columns_of_block(layer_, cut_, block);
  return found;
}

void LinearJobs::add_block(const Step& step) {
  const bool whole = !step.loads_weights && !step.frees_weights;
  const std::size_t pieces_a_job = whole ? pieces_.size() : cut_.pieces_a_job;
  for (std::size_t first = 0; first < pieces_.size(); first += pieces_a_job) {
    begin_job(first > 0);
    add_job(step, {first, std::min(pieces_.size(), first + pieces_a_job)});
  }
  jobs_.end_tile();
}

/// The job added last: the sums over some pieces.
void LinearJobs::add_job(const Step& step, const Pieces& pieces) {
  Job& job = jobs_.job();
  job.phase = jobs_.target().gemm;
  auto kernel = std::make_shared<GemmKernel>();
  kernel->rows = step.block.rows;
  kernel->columns = step.block.columns;
  kernel->begins = pieces.first == 0;
  kernel->ends = pieces.end == pieces_.size();
  kernel->reconfigures = std::exchange(reconfigures_, false);
  kernel->input_activation = layer_.product.input_activation;
  kernel->primitive = layer_.product.primitive;
  load_order();
  kernel->segment_features = loads_.segment_features(input_piece_features(pieces_[pieces.first]));
  if (rows_of_tile_ > 0) carry(*kernel, step);
  if (kernel->begins && step.loads_weights && weights_ahead_ == 0) load_constants(step.block);
  // The drain takes it: with the first job there is time, but it would stay while sums are carried.
  const bool is_for_drain = kernel->carried ? kernel->ends : kernel->begins;
  if (is_for_drain && layer_.residual) load_residual(step);
  add_operands(job, *kernel, step, pieces);
  kernel->constants = constants_;
  if (is_for_drain && step.frees_weights) job.frees.push_back(constants_);
  if (kernel->ends) weights_ahead_ = 0;
  job.orders.push_back(Order{jobs_.target().gemm_array, kernel, Order::Ends::kReported});
  if (kernel->ends) finish_block(job, step);
}

/// X and W of the pieces: loaded where they are not there yet, freed where nothing needs them
/// later.
void LinearJobs::add_operands(Job& job, GemmKernel& kernel, const Step& step,
                              const Pieces& pieces) {
  kernel.pieces.reserve(pieces.end - pieces.first);
  for (std::size_t p = pieces.first; p < pieces.end; ++p) {
    const PieceOfSum& piece = pieces_[p];
    if ((step.first_block || cut_.reloads_inputs) && piece.begins_input) load_inputs(step, piece);
    if (step.loads_weights && p >= weights_ahead_) load_weights(step.block, p);
    kernel.pieces.push_back(
        {input_region(step, piece), weights_[p], piece.input_first, piece.features});
    if (step.frees_weights) job.frees.push_back(weights_[p]);
    if ((step.last_block || cut_.reloads_inputs) && piece.ends_input) {
      job.frees.push_back(input_region(step, piece));
    }
  }
}

/// The sums of all groups of the tile have a region, from the first job of the block to its last.
void LinearJobs::carry(GemmKernel& kernel, const Step& step) {
  if (kernel.begins && step.loads_weights) {
    sums_ =
        jobs_.add_region(jobs_.target().output_pool,
                         carried_bytes(rows_of_tile_, step.block.columns, jobs_.target().holding));
    jobs_.job().claims.push_back(sums_);
  }
  kernel.carried = CarriedSums{sums_, step.group * cut_.group_rows, rows_of_tile_};
  if (kernel.ends && step.frees_weights) jobs_.job().frees.push_back(sums_);
}

/// The drain of the block: with the job that completes the sums.
void LinearJobs::finish_block(Job& job, const Step& step) {
  auto drain = std::make_shared<DrainKernel>();
  drain->rows = step.block.rows;
  drain->columns = step.block.columns;
  drain->result_bytes = layer_.result_bytes;
  drain->makes_codes = layer_.makes_codes;
  drain->activation = layer_.product.activation;
  drain->packet_bytes = jobs_.target().packet_bytes;
  job.store = loads_.results(step.block, drain->segments);
  job.store->job = static_cast<std::uint32_t>(jobs_.last_job());
  job.stored =
      jobs_.add_region(jobs_.target().output_pool,
                       whole_banks(job.store->bytes(), jobs_.target().holding.output_bank_bytes));
  job.claims.push_back(job.stored);
  drain->store = &*job.store;
  drain->residual = residual_;
  if (residual_) job.frees_when_drained.push_back(*std::exchange(residual_, std::nullopt));
  job.orders.push_back(Order{jobs_.target().gemm_drain, drain, Order::Ends::kDrained});
}

std::uint32_t LinearJobs::input_piece_features(const PieceOfSum& piece) const {
  const std::uint32_t first = piece.first - piece.input_first;
  return std::min(cut_.input_features, layer_.product.k - first);
}

/// The order of the tokens, if it is still to come.
void LinearJobs::load_order() {
  after_order_ = order_ != nullptr;
  if (order_ == nullptr) return;
  jobs_.wait_for(layer_.routed->inputs[1]);
  if (behind_) jobs_.wait_for(*behind_);
  Transfer transfer = order_->transfer;
  transfer.placement = order_->placement;
  jobs_.add_load(std::move(transfer), {}).is_fence = true;
  order_ = nullptr;
}

void LinearJobs::load_inputs(const Step& step, const PieceOfSum& piece) {
  jobs_.wait_for(layer_.input);
  const std::uint32_t features = input_piece_features(piece);
  const RegionId region = jobs_.add_region(jobs_.target().input_pool,
                                           whole_banks(std::uint64_t{step.block.rows} * features,
                                                       jobs_.target().holding.input_bank_bytes));
  input_region(step, piece) = region;
  const bool comes_again = !step.first_block;
  jobs_.add_load(loads_.inputs(step.block, {piece.first, features, comes_again}, region), {region})
      .after_fences = after_order_;
}

void LinearJobs::load_residual(const Step& step) {
  jobs_.wait_for(*layer_.residual);
  const std::uint64_t bytes =
      std::uint64_t{step.block.rows} * step.block.columns * layer_.result_bytes;
  residual_ = jobs_.add_region(jobs_.target().input_pool,
                               whole_banks(bytes, jobs_.target().holding.input_bank_bytes));
  jobs_.add_load(loads_.residual(step.block, *residual_), {*residual_}).after_fences = after_order_;
}

RegionId LinearJobs::weight_region(std::uint64_t bytes) {
  return jobs_.add_region(jobs_.target().weight_pool,
                          whole_banks(bytes, jobs_.target().holding.weight_bank_bytes));
}

void LinearJobs::load_constants(const LinearBlock& block) {
  constants_ = weight_region(block.columns * kConstantBytes);
  jobs_.add_load(loads_.constants(block, constants_), {constants_});
}

void LinearJobs::load_weights(const LinearBlock& block, std::size_t piece) {
  weights_[piece] = weight_region(std::uint64_t{pieces_[piece].features} * block.columns);
  jobs_.add_load(loads_.weights(block, pieces_[piece], weights_[piece]), {weights_[piece]});
}

}  // namespace vitcod
