// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/linear/linear_sketch.hpp"

#include <algorithm>
#include <cmath>

#include "hw_models/compiler/linear/linear_passages.hpp"
#include "hw_models/gemm_engine/gemm_kernels.hpp"

namespace vitcod {
namespace {

class Sketcher {
 public:
  Sketcher(const LinearLayer& layer, const LinearCut& cut, const PlanLimits& limits)
      : layer_(layer),
        cut_(cut),
        limits_(limits),
        gemm_(limits.gemm.of(layer.product.primitive)),
        pieces_(pieces_of(layer, cut)),
        num_pieces_(double(pieces_.size())) {}

  std::vector<JobSketch> jobs() {
    add_weights_ahead();
    for (std::uint32_t first = 0; first < cut_.num_groups; first += cut_.groups_per_tile) {
      const std::uint32_t groups = std::min(cut_.groups_per_tile, cut_.num_groups - first);
      for (std::uint32_t block = 0; block < cut_.num_blocks; ++block) {
        if (cut_.carries_sums && groups > 1) {
          add_carried_block(first, groups, block);
          continue;
        }
        for (std::uint32_t group = 0; group < groups; ++group) {
          add({first + group, block, weights_come(cut_, group), weights_go(cut_, group, groups)});
        }
      }
    }
    return std::move(jobs_);
  }

 private:
  /// Of a block's weights, from 0 to 1.
  struct Share {
    double begin = 0;
    double end = 1;
  };
  /// A group with a block of columns.
  struct Step {
    std::uint32_t group = 0;
    std::uint32_t block = 0;
    bool weights_come = false;
    bool weights_go = false;
  };

  /// The first block's weights, as many as are loaded before anything else: they wait for nothing.
  void add_weights_ahead() {
    JobSketch& job = jobs_.emplace_back();
    job.begins_tile = true;
    const std::uint64_t columns = columns_of_block(layer_, cut_, 0);
    share_ahead_ = cut_.holds_weights ? 1 : 1 / num_pieces_;
    if (cut_.carries_sums) {
      add_constants(job, columns);
      add_piece(job, columns, pieces_.front());
    } else {
      add_weights(job, columns, {0, share_ahead_});
    }
  }

  /// The groups of a tile with each piece of W.
  void add_carried_block(std::uint32_t first_group, std::uint32_t num_groups, std::uint32_t block) {
    std::uint64_t rows_of_tile = 0;
    for (std::uint32_t g = 0; g < num_groups; ++g) {
      rows_of_tile += rows_of_group(layer_, cut_, first_group + g);
    }
    const std::uint64_t columns = columns_of_block(layer_, cut_, block);
    const Claim sums{limits_.output_pool, carried_bytes(rows_of_tile, columns, limits_.holding)};
    for (const PieceOfSum& piece : pieces_) {
      const bool begins = piece.first == 0;
      const bool ends = piece.first + piece.features == layer_.product.k;
      for (std::uint32_t g = 0; g < num_groups; ++g) {
        const Step step{first_group + g, block, g == 0, g + 1 == num_groups};
        JobSketch& job = add_carried_job(step, piece);
        if (begins && g == 0) job.claim = sums;
        if (ends && step.weights_go) job.frees.push_back(sums);
      }
    }
  }

  JobSketch& add_carried_job(const Step& step, const PieceOfSum& piece) {
    const std::uint64_t rows = rows_of_group(layer_, cut_, step.group);
    const std::uint64_t columns = columns_of_block(layer_, cut_, step.block);
    const bool begins = piece.first == 0;
    const bool ends = piece.first + piece.features == layer_.product.k;
    JobSketch& job = jobs_.emplace_back();
    job.begins_tile = step.weights_come && jobs_.size() > 2;
    job.ends_tile = step.weights_go;
    job.reads = {layer_.input};
    GemmWork work{rows, columns, piece.features, 0};
    work.constant_bytes = begins || ends ? columns * kWordBytes : 0;
    work.resumes_sums = !begins;
    work.leaves_sums = !ends;
    job.cycles = double(gemm_.cycles(work).total()) + kGemmHandOver;
    job.accumulators = Claim{limits_.accumulator_pool, 1};
    if (!ends) job.frees.push_back(*job.accumulators);
    if (begins && step.block == 0 && step.weights_come && step.group == 0) add_order(job);
    add_carried_operands(job, step, piece);
    if (!ends) return job;
    if (layer_.residual) {
      job.reads.push_back(*layer_.residual);
      add_residual(job, rows, columns);
    }
    add_results(job, step, rows, columns);
    return job;
  }

  void add_carried_operands(JobSketch& job, const Step& step, const PieceOfSum& piece) {
    const std::uint64_t rows = rows_of_group(layer_, cut_, step.group);
    const std::uint64_t columns = columns_of_block(layer_, cut_, step.block);
    const bool comes = step.block == 0 || cut_.reloads_inputs;
    const bool goes = step.block + 1 == cut_.num_blocks || cut_.reloads_inputs;
    const std::uint64_t features = std::min<std::uint64_t>(
        cut_.input_features, layer_.product.k - (piece.first - piece.input_first));
    if (comes && piece.begins_input) add_inputs(job, rows, features);
    if (goes && piece.ends_input) job.frees.push_back(input_claim(rows, features));
    const bool is_ahead = share_ahead_ > 0 && piece.first == 0;
    if (step.weights_come && !is_ahead) {
      if (piece.first == 0) add_constants(job, columns);
      add_piece(job, columns, piece);
    }
    if (!step.weights_go) return;
    job.frees.push_back(piece_claim(columns, piece));
    if (piece.first == 0) share_ahead_ = 0;
  }

  /// A piece of W that stays while sums are carried.
  Claim piece_claim(std::uint64_t columns, const PieceOfSum& piece) const {
    return Claim{limits_.weight_pool,
                 whole_banks(columns * piece.features, limits_.holding.weight_bank_bytes)};
  }
  void add_piece(JobSketch& job, std::uint64_t columns, const PieceOfSum& piece) const {
    const double bytes = double(columns) * piece.features;
    LoadSketch& load = job.loads.emplace_back();
    load.claim = piece_claim(columns, piece);
    load.passage = weights_passage(bytes, bytes);
  }

  /// Weights that stay come in halves, and go in halves: so those of the next block can begin to
  /// come under the last group.
  void add(const Step& step) {
    const std::uint64_t rows = rows_of_group(layer_, cut_, step.group);
    const std::uint64_t columns = columns_of_block(layer_, cut_, step.block);
    const bool in_halves = cut_.holds_weights && (step.weights_come || step.weights_go);
    const std::uint32_t parts = in_halves ? 2 : 1;
    for (std::uint32_t part = 0; part < parts; ++part) {
      const Share share{double(part) / parts, double(part + 1) / parts};
      JobSketch& job = jobs_.emplace_back();
      job.begins_tile = part == 0 && jobs_.size() > 2;
      job.reads = {layer_.input};
      if (layer_.residual) job.reads.push_back(*layer_.residual);
      job.cycles = kernel_cycles(step, rows, columns) / parts;
      if (part == 0) job.accumulators = Claim{limits_.accumulator_pool, 1};
      if (part == 0 && step.block == 0 && step.group == 0) add_order(job);
      if (part == 0 && step.block == 0) add_inputs(job, rows, layer_.product.k);
      if (part == 0 && layer_.residual) add_residual(job, rows, columns);
      if (step.weights_come) {
        add_weights(job, columns, {std::max(share.begin, share_ahead_), share.end});
      }
      if (step.weights_go) job.frees.push_back(weights_claim(columns, share));
      if (part + 1 < parts) continue;
      if (step.block + 1 == cut_.num_blocks) {
        job.frees.push_back(input_claim(rows, layer_.product.k));
      }
      add_results(job, step, rows, columns);
      job.ends_tile = true;
    }
    share_ahead_ = 0;
  }

  double kernel_cycles(const Step& step, std::uint64_t rows, std::uint64_t columns) const {
    const GemmCycles cycles =
        gemm_.cycles(rows, columns, layer_.product.k, columns * kConstantBytes);
    const GemmCycles chunk = gemm_.cycles(
        rows, columns, std::min<std::uint64_t>(layer_.product.k, gemm_.macs_per_line), 0);
    const bool whole = !step.weights_come && !step.weights_go;
    const double jobs = whole ? 1 : std::ceil(num_pieces_ / cut_.pieces_a_job);
    // Each job fills its first chunk again.
    return double(cycles.total()) + kGemmHandOver +
           (double(chunk.fill) + kGemmHandOver) * (jobs - 1);
  }

  /// Of pieces that stream, two blocks share the buffer.
  Claim weights_claim(std::uint64_t columns, const Share& share) const {
    std::uint64_t bytes = columns * layer_.product.k;
    if (!cut_.holds_weights) bytes = std::min(bytes, limits_.weight_bytes / 2);
    return Claim{limits_.weight_pool, static_cast<std::uint64_t>(double(bytes) * share.end) -
                                          static_cast<std::uint64_t>(double(bytes) * share.begin)};
  }
  Claim input_claim(std::uint64_t rows, std::uint64_t features) const {
    return Claim{limits_.input_pool,
                 whole_banks(rows * features, limits_.holding.input_bank_bytes)};
  }

  /// As two stretches.
  void add_constants(JobSketch& job, std::uint64_t columns) const {
    const double bytes = double(columns * kConstantBytes);
    job.loads.emplace_back().passage = weights_passage(bytes, bytes / 2);
  }
  /// Constants come with the first of the weights.
  void add_weights(JobSketch& job, std::uint64_t columns, const Share& share) const {
    if (share.begin == 0) add_constants(job, columns);
    if (share.begin >= share.end) return;
    const double block = double(columns) * layer_.product.k;
    LoadSketch& load = job.loads.emplace_back();
    load.claim = weights_claim(columns, share);
    const double piece = block / num_pieces_;
    load.passage = weights_passage(block * (share.end - share.begin), piece);
    if (cut_.holds_weights) return;
    // Each piece takes the room of an earlier one, and is under way from then on.
    const double under_way = load.passage.latency + piece / limits_.path.dram.bytes_per_cycle;
    load.passage.memory_cycles =
        std::max(load.passage.memory_cycles,
                 num_pieces_ * (share.end - share.begin) * under_way / pieces_at_a_time(columns));
  }
  /// Pieces that stream have room beside the constants of two blocks, or of one.
  double pieces_at_a_time(std::uint64_t columns) const {
    const double bank = double(limits_.holding.weight_bank_bytes);
    const double constants = std::ceil(double(columns * kConstantBytes) / bank) * bank;
    const double piece = std::ceil(double(columns) * cut_.weight_features / bank) * bank;
    return std::max(1.0, std::floor((double(limits_.weight_bytes) - 2 * constants) / piece));
  }
  Passage weights_passage(double bytes, double stretch) const {
    return gemm_weights_passage(bytes, stretch, limits_);
  }

  /// Rows of a head lie together, those of a window token by token of a row of the grid.
  double input_stretch(double rows, double features) const {
    if (features < layer_.product.k) {
      return layer_.input_heads > 1 ? rows * layer_.input_features() : features;
    }
    const double bytes = rows * layer_.product.k;
    if (layer_.routed != nullptr) {
      const double run = double(layer_.product.m) / layer_.num_runs();
      return std::min(rows, run) * layer_.input_features();
    }
    if (layer_.product.window) return double(layer_.product.k) / layer_.product.window->kernel_rows;
    return bytes / layer_.input_heads;
  }

  /// The order of the tokens of both experts, before the first rows of either.
  void add_order(JobSketch& job) const {
    if (!layer_.loads_order) return;
    const double bytes = double(kNumberBytes) * std::get<RoutedLinear>(layer_.routed->params).m;
    job.reads.push_back(layer_.routed->inputs[1]);
    LoadWork work;
    work.dram_bytes = work.port_bytes = work.stretch_bytes = bytes;
    work.receiver_cycles[kHubReceiver] = limits_.gather->table_cycles(bytes);
    LoadSketch& load = job.loads.emplace_back();
    load.passage = passage_of(work, limits_.path);
    load.is_fence = true;
  }

  void add_inputs(JobSketch& job, std::uint64_t rows, std::uint64_t features) const {
    LoadSketch& load = job.loads.emplace_back();
    load.claim = input_claim(rows, features);
    load.passage = gemm_inputs_passage(double(rows * features),
                                       input_stretch(double(rows), double(features)), limits_);
    load.after_fences = layer_.loads_order;
  }

  void add_residual(JobSketch& job, std::uint64_t rows, std::uint64_t columns) const {
    const double bytes = double(rows * columns * layer_.result_bytes);
    const bool is_whole = columns == layer_.product.n && layer_.routed == nullptr;
    const double stretch = is_whole ? bytes : bytes / double(rows);
    job.loads.emplace_back().passage = gemm_inputs_passage(bytes, stretch, limits_);
  }

  /// Packets that the results of a block leave in: of whole heads as many rows as one holds, of
  /// others a row.
  double result_packets(const Step& step, std::uint64_t rows, std::uint64_t columns) const {
    const std::uint64_t width =
        layer_.output_heads > 1 ? layer_.output_features() : layer_.product.n;
    double packets = 0;
    for (std::uint64_t at = 0; at < columns;) {
      const std::uint64_t in_head = (std::uint64_t{step.block} * cut_.block_columns + at) % width;
      const std::uint64_t of_head = std::min(columns - at, width - in_head);
      const double row_bytes = double(layer_.bytes_of(of_head));
      const double rows_a_packet =
          of_head < width || layer_.routed != nullptr
              ? 1
              : std::max(1.0, std::floor(limits_.path.dma.packet_bytes / row_bytes));
      packets += std::ceil(double(rows) / rows_a_packet);
      at += of_head;
    }
    return packets;
  }

  void add_results(JobSketch& job, const Step& step, std::uint64_t rows,
                   std::uint64_t columns) const {
    const std::uint64_t bytes = layer_.bytes_of(rows * columns);
    job.store =
        store_of(double(bytes), double(bytes) / result_packets(step, rows, columns), limits_.path);
    job.store->latency += double(gemm_.drain_latency);
    job.store->stored =
        Claim{limits_.output_pool, whole_banks(bytes, limits_.holding.output_bank_bytes)};
    job.claim = job.store->stored;
    job.writes = {layer_.output};
    DrainSketch& drain = job.drain.emplace();
    drain.read = Claim{limits_.accumulator_pool, 1};
    drain.cycles = double(gemm_.pipeline + gemm_.drain_cycles(rows, columns));
    drain.held_share = std::min(1.0, limits_.path.output.staging_bytes / double(bytes));
  }

  const LinearLayer& layer_;
  const LinearCut& cut_;
  const PlanLimits& limits_;
  const GemmCost gemm_;
  const std::vector<PieceOfSum> pieces_;
  const double num_pieces_;
  double share_ahead_ = 0;  ///< of the first block's weights
  std::vector<JobSketch> jobs_;
};

}  // namespace

std::vector<JobSketch> sketch_linear(const LinearLayer& layer, const LinearCut& cut,
                                     const PlanLimits& limits) {
  return Sketcher(layer, cut, limits).jobs();
}

}  // namespace vitcod
