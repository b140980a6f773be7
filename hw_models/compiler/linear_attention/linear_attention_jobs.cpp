// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear_attention/linear_attention_jobs.hpp"

#include <algorithm>
#include <utility>

namespace vitcod {

LinearAttentionJobs::LinearAttentionJobs(const LinearAttentionLayer& layer,
                                         const LinearAttentionCut& cut, const PlanLimits& limits,
                                         const DramLayout& layout, JobList& jobs)
    : layer_(layer),
      attention_(layer.attention),
      cut_(cut),
      gemm_(limits.gemm.of(layer.attention.primitive)),
      layout_(layout),
      jobs_(jobs),
      target_(jobs.target()) {}

void LinearAttentionJobs::add(bool reconfigures) {
  reconfigures_ = reconfigures;
  const std::vector<Step> steps = linear_attention_steps(layer_, cut_);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (step.begins) {
      jobs_.begin_tile(layer_.layer);
    } else {
      jobs_.add_job(layer_.layer);
    }
    jobs_.job().phase = target_.linear_attention;
    if (step.is_inner) {
      add_inner(step);
    } else {
      add_rows(step);
    }
    if (step.ends) jobs_.end_tile();
    if (step.is_inner && !steps[i + 1].is_inner) {
      jobs_.note_written(layer_.inner);
      if (layer_.sums) jobs_.note_written(*layer_.sums);
    }
  }
  jobs_.note_written(layer_.output);
}

std::shared_ptr<GemmKernel> LinearAttentionJobs::kernel_of(const Step& step) {
  auto kernel = std::make_shared<GemmKernel>();
  kernel->rows = step.rows;
  kernel->columns = step.columns;
  kernel->begins = step.begins;
  kernel->ends = step.ends;
  kernel->reconfigures = std::exchange(reconfigures_, false);
  kernel->input_activation = attention_.feature_map;
  kernel->primitive = attention_.primitive;
  kernel->has_biases = false;
  kernel->weights_by_row = true;
  return kernel;
}

void LinearAttentionJobs::add_inner(const Step& step) {
  auto kernel = kernel_of(step);
  kernel->turns_inputs = true;
  if (makes_sums(step)) kernel->beside = BesideLine::kSums;
  load_keys_and_values(step, *kernel);
  jobs_.job().orders.push_back(Order{target_.gemm_array, kernel, Order::Ends::kReported});
  if (!step.ends) return;
  auto drain_kernel = std::make_shared<DrainKernel>();
  drain_kernel->has_beside_column = makes_sums(step);
  Transfer results = inner_results(step, *drain_kernel);
  drain(step, std::move(drain_kernel), std::move(results));
}

void LinearAttentionJobs::load_keys_and_values(const Step& step, GemmKernel& kernel) {
  Job& job = jobs_.job();
  jobs_.wait_for(layer_.key);
  jobs_.wait_for(layer_.value);
  if (step.begins) {
    const std::uint64_t first = std::uint64_t{step.head} * attention_.columns();
    std::optional<std::uint64_t> of_sums;
    if (makes_sums(step)) of_sums = first + attention_.features_v;
    kernel.constants = load_words(layer_.inner_words, first + step.first_column, step.columns,
                                  of_sums, step.repeats_columns());
    job.frees.push_back(kernel.constants);
  }
  const std::uint64_t first_key = std::uint64_t{step.head} * attention_.keys + step.first_key;
  const std::uint64_t width = layer_.key_bytes(attention_.features_k);
  const std::uint64_t values = attention_.features_v, row_bytes = layer_.key_bytes(step.rows);
  GemmPiece piece;
  piece.features = step.keys;
  piece.inputs = load({TensorRole::kActivation, false, step.repeats_rows(),
                       part_of(layout_.address(layer_.key) + first_key * width, width,
                               layer_.key_bytes(step.first_row), row_bytes, step.keys),
                       row_bytes, gemm_.turned_pitch(step.rows)});
  piece.weights = load({TensorRole::kActivation, true, step.repeats_columns(),
                        part_of(layout_.address(layer_.value) + first_key * values, values,
                                step.first_column, step.columns, step.keys),
                        step.columns, gemm_.weight_pitch(step.columns)});
  job.frees.push_back(piece.inputs);
  job.frees.push_back(piece.weights);
  kernel.pieces = {piece};
}

void LinearAttentionJobs::add_rows(const Step& step) {
  auto kernel = kernel_of(step);
  if (attention_.normalise) kernel->beside = BesideLine::kProducts;
  jobs_.wait_for(layer_.query);
  if (step.loads_inner) load_inner(step);
  GemmPiece piece;
  piece.features = attention_.features_k;
  piece.weights = inner_;
  kernel->pieces = {piece};
  (attention_.normalise ? kernel->beside_weights : kernel->constants) = beside_;
  load_queries(step, *kernel);
  Job& job = jobs_.job();
  if (step.frees_inner) job.frees.insert(job.frees.end(), {inner_, beside_});
  auto drain_kernel = std::make_shared<DrainKernel>();
  drain_kernel->divides = attention_.normalise;
  drain_kernel->output_shift = attention_.output_shift;
  drain_kernel->result_bytes = layer_.result_bytes;
  if (layer_.residual) {
    jobs_.wait_for(*layer_.residual);
    const std::uint64_t width = std::uint64_t{attention_.heads} * attention_.features_v;
    const std::uint64_t size = layer_.result_bytes;
    const std::uint64_t address = layout_.address(*layer_.residual) + step.first_row * width * size;
    const std::uint64_t column =
        std::uint64_t{step.head} * attention_.features_v + step.first_column;
    drain_kernel->residual =
        load({TensorRole::kResidual, false, false,
              part_of(address, width, column, step.columns, step.rows, size), 1, 1});
    job.frees_when_drained.push_back(*drain_kernel->residual);
  }
  job.orders.push_back(Order{target_.gemm_array, kernel, Order::Ends::kReported});
  Transfer results = row_results(step, *drain_kernel);
  drain(step, std::move(drain_kernel), std::move(results));
}

void LinearAttentionJobs::load_inner(const Step& step) {
  jobs_.wait_for(layer_.inner);
  const std::uint64_t width = attention_.features_k, values = attention_.features_v;
  inner_ = load({TensorRole::kActivation, true, false,
                 part_of(layout_.address(layer_.inner) + step.head * width * values, values,
                         step.first_column, step.columns, width),
                 step.columns, gemm_.weight_pitch(step.columns)});
  if (layer_.sums) {
    const std::uint64_t address = layout_.address(*layer_.sums) + step.head * width;
    beside_ = load({TensorRole::kActivation,
                    true,
                    step.repeats_rows(),
                    {Stretch{address, width, 0, 0, 0}},
                    1,
                    1});
    return;
  }
  beside_ = load_words(*layer_.output_words, step.head * values + step.first_column, step.columns,
                       std::nullopt, false);
}

void LinearAttentionJobs::load_queries(const Step& step, GemmKernel& kernel) {
  const std::uint64_t width = layer_.key_bytes(attention_.features_k);
  const std::uint64_t first = std::uint64_t{step.head} * attention_.queries + step.first_row;
  kernel.pieces[0].inputs =
      load({TensorRole::kActivation,
            false,
            step.repeats_rows(),
            {Stretch{layout_.address(layer_.query) + first * width, step.rows * width, 0, 0, 0}},
            1,
            1});
  jobs_.job().frees.push_back(kernel.pieces[0].inputs);
}

void LinearAttentionJobs::drain(const Step& step, std::shared_ptr<DrainKernel> drain,
                                Transfer results) {
  Job& job = jobs_.job();
  drain->rows = step.rows;
  drain->columns = step.columns;
  drain->packet_bytes = target_.packet_bytes;
  job.store = std::move(results);
  job.store->job = static_cast<std::uint32_t>(jobs_.last_job());
  job.stored = jobs_.add_region(target_.output_pool,
                                whole_banks(job.store->bytes(), target_.holding.output_bank_bytes));
  job.claims.push_back(job.stored);
  drain->store = &*job.store;
  job.orders.push_back(Order{target_.gemm_drain, std::move(drain), Order::Ends::kDrained});
}

Transfer LinearAttentionJobs::inner_results(const Step& step, DrainKernel& drain) const {
  const std::uint64_t width = attention_.features_k, values = attention_.features_v;
  const std::uint64_t row = step.head * width + step.first_row;
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kActivation, TransferReason::kWriteBack};
  transfer.outputs = target_.results_output;
  transfer.stretches = part_of(layout_.address(layer_.inner) + row * values, values,
                               step.first_column, step.columns, step.rows);
  for (Stretch& stretch : transfer.stretches) stretch.offset = 0;
  drain.segments = {DrainSegment{0, step.columns, 0, step.columns == values}};
  if (!makes_sums(step)) return transfer;
  const auto last = static_cast<std::uint32_t>(transfer.stretches.size());
  drain.segments.push_back(DrainSegment{step.columns, 1, last, true});
  transfer.stretches.push_back(Stretch{layout_.address(*layer_.sums) + row, step.rows, 0, 0, 0});
  return transfer;
}

/// Heads lie one after the other, or, with a residual, side by side.
Transfer LinearAttentionJobs::row_results(const Step& step, DrainKernel& drain) const {
  const std::uint64_t values = attention_.features_v, size = layer_.result_bytes;
  const bool beside = layer_.residual.has_value();
  const std::uint64_t width = beside ? attention_.heads * values : values;
  const std::uint64_t first_row =
      beside ? step.first_row : std::uint64_t{step.head} * attention_.queries + step.first_row;
  const std::uint64_t column = (beside ? step.head * values : 0) + step.first_column;
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kActivation, TransferReason::kWriteBack};
  transfer.outputs = target_.results_output;
  transfer.stretches = part_of(layout_.address(layer_.output) + first_row * width * size, width,
                               column, step.columns, step.rows, size);
  for (Stretch& stretch : transfer.stretches) stretch.offset = 0;
  drain.segments = {DrainSegment{0, step.columns, 0, step.columns == width}};
  return transfer;
}

RegionId LinearAttentionJobs::load(Rows rows) {
  std::uint64_t bytes = 0;
  for (const Stretch& stretch : rows.stretches) bytes += stretch.bytes;
  auto placement = std::make_shared<GemmPlacement>();
  placement->bytes = bytes / rows.row_bytes * rows.pitch;
  placement->row_bytes = static_cast<std::uint32_t>(rows.row_bytes);
  placement->pitch = static_cast<std::uint32_t>(rows.pitch);
  placement->output = rows.is_weights ? target_.gemm_weight_output : target_.gemm_input_output;
  const std::uint64_t bank =
      rows.is_weights ? target_.holding.weight_bank_bytes : target_.holding.input_bank_bytes;
  placement->region = jobs_.add_region(rows.is_weights ? target_.weight_pool : target_.input_pool,
                                       whole_banks(placement->bytes, bank));
  Transfer transfer;
  transfer.label.role = rows.role;
  transfer.label.reason = rows.comes_again ? TransferReason::kReload : TransferReason::kFirstLoad;
  transfer.buffer = rows.is_weights ? target_.weight_buffer : target_.input_buffer;
  transfer.stretches = std::move(rows.stretches);
  transfer.placement = placement;
  jobs_.add_load(std::move(transfer), {placement->region});
  return placement->region;
}

/// `last`: a word that comes behind them.
RegionId LinearAttentionJobs::load_words(TensorId words, std::uint64_t first, std::uint64_t number,
                                         std::optional<std::uint64_t> last, bool comes_again) {
  const std::uint64_t address = layout_.address(words);
  std::vector<Stretch> stretches{
      Stretch{address + first * kWordBytes, number * kWordBytes, 0, 0, 0}};
  if (last == first + number) {
    stretches.front().bytes += kWordBytes;
  } else if (last) {
    stretches.push_back(
        Stretch{address + *last * kWordBytes, kWordBytes, 0, 0, number * kWordBytes});
  }
  return load({TensorRole::kWeights, true, comes_again, std::move(stretches), 1, 1});
}

std::vector<Stretch> LinearAttentionJobs::part_of(std::uint64_t address, std::uint64_t width,
                                                  std::uint64_t first_column, std::uint64_t columns,
                                                  std::uint64_t rows, std::uint64_t bytes) {
  if (columns == width) return {Stretch{address, rows * width * bytes, 0, 0, 0}};
  std::vector<Stretch> stretches;
  for (std::uint64_t row = 0; row < rows; ++row) {
    stretches.push_back(Stretch{address + (row * width + first_column) * bytes, columns * bytes, 0,
                                0, row * columns * bytes});
  }
  return stretches;
}

}  // namespace vitcod
