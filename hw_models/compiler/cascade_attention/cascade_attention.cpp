// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/cascade_attention/cascade_attention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "hw_models/compiler/streams/stream.hpp"
#include "hw_models/gemm_engine/gemm_kernels.hpp"
#include "hw_models/prob_value_array/prob_value_kernel.hpp"
#include "hw_models/query_key_array/low_bits.hpp"
#include "hw_models/query_key_array/query_key_kernel.hpp"
#include "hw_models/token_gather/token_gather_cost.hpp"
#include "hw_models/top_k_engine/cascade_kernel.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kOperandPort = 0;  ///< of the receivers
/// The order's way to a unit, and the answer's.
constexpr double kOrderCycles = 2;

/// A stretch for rows that follow each other.
std::vector<Stretch> stretches_of(const std::vector<RowRun>& runs, std::uint64_t address,
                                  std::uint32_t row_bytes) {
  std::vector<Stretch> stretches;
  for (const RowRun& run : runs) {
    const std::uint64_t offset = std::uint64_t{run.first} * row_bytes;
    stretches.push_back(Stretch{address + offset, std::uint64_t{run.num} * row_bytes, row_bytes,
                                run.first, offset});
  }
  return stretches;
}

Transfer operand_load(const PassOperand& operand, RegionId region, const DramLayout& layout,
                      const CascadeUnits& units, const Target& target) {
  auto placement = std::make_shared<GemmPlacement>();
  placement->output = units.operand_output;
  placement->region = region;
  placement->bytes = operand.region_bytes();
  Transfer transfer;
  transfer.label.role = operand.role;
  transfer.buffer = target.input_buffer;
  transfer.stretches = stretches_of(
      operand.rows, layout.address(operand.tensor) + operand.first_row * operand.row_bytes,
      operand.row_bytes);
  transfer.placement = std::move(placement);
  return transfer;
}

Transfer output_store(const AttentionLayer& layer, const CascadePass& pass,
                      const DramLayout& layout, const Target& target) {
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kOutput, TransferReason::kWriteBack};
  transfer.outputs = target.results_output;
  const std::uint64_t first_row = std::uint64_t{pass.tile.first_head} * layer.num_queries;
  transfer.stretches =
      stretches_of(pass.outputs, layout.address(layer.output) + first_row * layer.value_features,
                   layer.value_features);
  return transfer;
}

}  // namespace

CascadeAttention::Footprint CascadeAttention::footprint(const AttentionLayer& layer,
                                                        std::uint32_t num_heads) const {
  const auto bytes = [&](std::uint64_t rows, std::uint64_t row_bytes, std::uint32_t bank) {
    return whole_banks(rows * row_bytes * num_heads, bank);
  };
  const std::uint32_t bank = limits_.holding.input_bank_bytes;
  const auto operand = [&](std::uint64_t rows, std::uint64_t features) {
    const std::uint64_t low = costs_.low_bits.has_any() ? low_bytes(features) : 0;
    return bytes(rows, features, bank) + bytes(rows, low, bank);
  };
  return {operand(layer.num_queries, layer.query_features) +
              operand(layer.num_keys, layer.query_features) +
              operand(layer.num_keys, layer.value_features),
          bytes(layer.num_queries, layer.value_features, limits_.holding.output_bank_bytes)};
}

bool CascadeAttention::fits(const AttentionLayer& layer, std::uint32_t num_heads) const {
  const Footprint bytes = footprint(layer, num_heads);
  const bool is_marked = costs_.low_bits.rows != LowBits::kFlatRows ||
                         std::uint64_t{num_heads} * layer.num_queries <= costs_.low_bits.row_marks;
  return bytes.operands <= limits_.input_bytes && bytes.output <= limits_.output_bytes && is_marked;
}

/// For one head.
void CascadeAttention::require_room(const AttentionLayer& layer) const {
  const auto require = [&](std::uint64_t needed, std::uint64_t there, const char* what) {
    if (needed <= there) return;
    throw InputError(fmt::format("{}: one head needs {} {}, this machine has {}", layer.name,
                                 needed, what, there));
  };
  const Footprint bytes = footprint(layer, 1);
  require(bytes.operands, limits_.input_bytes, "bytes of the input_buffer");
  require(bytes.output, limits_.output_bytes, "bytes of the output_buffer");
  require(layer.num_keys, costs_.softmax.max_keys, "keys in the FIFOs of the softmax_unit");
  require(std::max(layer.num_keys, layer.num_heads), costs_.top_k.max_entries,
          "entries in the FIFOs of the top_k_engine");
  if (costs_.low_bits.rows == LowBits::kFlatRows) {
    require(layer.num_queries, costs_.low_bits.row_marks, "row_marks of low_bits");
  }
}

std::vector<Candidate> CascadeAttention::candidates(const AttentionLayer& layer) {
  require_room(layer);
  const std::size_t number = blocks_.size();
  Block block{&layer, {}};
  std::vector<Candidate> candidates;
  for (std::uint32_t size = layer.num_heads; size > 0; --size) {
    const std::uint32_t groups = ceil_div(layer.num_heads, size);
    if (ceil_div(layer.num_heads, groups) != size) continue;  // as many groups, less evenly
    if (!fits(layer, size)) continue;
    std::vector<HeadGroup>& cut = block.cuts.emplace_back();
    candidates.emplace_back();
    for (std::uint32_t first = 0; first < layer.num_heads; first += size) {
      cut.push_back({first, std::min(size, layer.num_heads - first)});
    }
  }
  blocks_.push_back(std::move(block));
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    std::vector<JobSketch>& jobs = candidates[c].jobs;
    for (const HeadGroup& group : blocks_[number].cuts[c]) {
      add_sketches(number, group, candidates[c]);
    }
    jobs.front().after_jobs = waits_for_choice(number);
    if (!chosen_.at(number).choice.drops_any()) continue;
    jobs.push_back(sketch_choice(number));
  }
  return candidates;
}

LoadSketch CascadeAttention::load_sketch(std::uint64_t bytes, std::uint64_t held) const {
  LoadWork work;
  work.dram_bytes = work.port_bytes = work.stretch_bytes = double(bytes);
  work.receiver_cycles[kOperandPort] = double(bytes) / costs_.port_bytes;
  work.receiver_latency = 1;
  LoadSketch load;
  load.claim = Claim{limits_.input_pool, held};
  load.passage = passage_of(work, limits_.path);
  return load;
}

std::uint64_t CascadeAttention::held_bytes(const PassOperand& operand) const {
  return whole_banks(operand.region_bytes(), limits_.holding.input_bank_bytes);
}

std::uint64_t CascadeAttention::output_bytes(const CascadePass& pass) const {
  return whole_banks(pass.output_rows() * pass.tile.value_features,
                     limits_.holding.output_bank_bytes);
}

void CascadeAttention::add_sketches(std::size_t number, const HeadGroup& group,
                                    Candidate& candidate) const {
  std::uint64_t held = 0;
  for (const CascadePass& pass : passes_of(number, group)) {
    candidate.jobs.push_back(sketch(number, pass));
    for (const PassOperand& operand : pass.operands) {
      candidate.traffic += operand.bytes();
      held += held_bytes(operand);
    }
  }
  candidate.jobs.back().frees = {Claim{limits_.input_pool, held}};
}

JobSketch CascadeAttention::sketch(std::size_t number, const CascadePass& pass) const {
  const AttentionLayer& layer = *blocks_[number].layer;
  JobSketch job;
  job.begins_tile = job.ends_tile = true;
  job.after_jobs = pass.tile.pass == RowPass::kAgain;
  for (const PassOperand& operand : pass.operands) {
    job.reads.push_back(operand.tensor);
    job.loads.push_back(load_sketch(operand.bytes(), held_bytes(operand)));
  }
  job.cycles = cycles_of(pass.tile);
  if (pass.outputs.empty()) return job;
  const double bytes = double(pass.output_rows()) * layer.value_features;
  job.claim = Claim{limits_.output_pool, output_bytes(pass)};
  job.store = store_of(bytes, bytes / double(pass.outputs.size()), limits_.path);
  job.store->stored = *job.claim;
  job.writes = {layer.output};
  return job;
}

/// From the order to the last packet, with queues between the units that are never full.
double CascadeAttention::cycles_of(const PairTile& tile) const {
  const std::uint64_t banks = costs_.prob_value.rows_per_cycle(tile.value_features);
  const std::uint64_t products = costs_.query_key.row_cycles(tile.num_keys, tile.query_features);
  const std::uint64_t weights = costs_.softmax.row_cycles(tile.num_keys);
  std::uint64_t made = 0, weighed = 0, selected = 0, multiplied = 0;
  std::vector<std::uint64_t> of_bank(banks);
  for (std::uint32_t i = 0; i < tile.total_rows(); ++i) {
    const std::uint32_t row = tile.row(i);
    std::uint64_t searched = 1, row_cycles = 1;
    if (tile.is_final(row)) {
      std::fill(of_bank.begin(), of_bank.end(), 0);
      tile.kept_values(row).for_each_kept(tile.query_of(row),
                                          [&](std::uint32_t key) { ++of_bank[key % banks]; });
      searched = std::max<std::uint64_t>(1, costs_.top_k.cycles(tile.search(row)));
      row_cycles = costs_.prob_value.row_cycles(*std::max_element(of_bank.begin(), of_bank.end()),
                                                tile.value_features);
    }
    made += products;
    weighed = std::max(weighed, made + costs_.query_key.latency) + weights;
    selected = std::max(selected, weighed + costs_.softmax.latency) + searched;
    multiplied = std::max(multiplied, selected) + row_cycles;
  }
  return double(multiplied + costs_.prob_value.latency) + kOrderCycles;
}

void CascadeAttention::add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                                JobList& jobs) {
  for (const HeadGroup& group : blocks_[block].cuts[candidate]) {
    add_group(block, group, layout, jobs);
  }
  if (chosen_[block].choice.drops_any()) add_choice(block, layout, jobs);
}

void CascadeAttention::add_group(std::size_t block, const HeadGroup& group,
                                 const DramLayout& layout, JobList& jobs) const {
  const PoolId pool = jobs.target().input_pool;
  std::vector<CascadePass> passes = passes_of(block, group);
  std::vector<RegionId> held;
  for (std::size_t p = 0; p < passes.size(); ++p) {
    PairTile& tile = passes[p].tile;
    if (p > 0) {
      const PairTile& before = passes[p - 1].tile;
      std::tie(tile.query, tile.key, tile.value, tile.value_low) =
          std::tie(before.query, before.key, before.value, before.value_low);
    }
    for (const PassOperand& operand : passes[p].operands) {
      held.push_back(tile.*operand.region = jobs.add_region(pool, held_bytes(operand)));
    }
    add_pass(block, passes[p], layout, jobs);
  }
  jobs.job().frees = std::move(held);
}

void CascadeAttention::add_pass(std::size_t block, const CascadePass& pass,
                                const DramLayout& layout, JobList& jobs) const {
  const AttentionLayer& layer = *blocks_[block].layer;
  const Target& target = jobs.target();
  const auto tile = std::make_shared<const PairTile>(pass.tile);
  const JobId before = jobs.last_job();
  Job& job = jobs.begin_tile(layer.layer);
  job.phase = units_.attend;
  for (const PassOperand& operand : pass.operands) jobs.wait_for(operand.tensor);
  if (tile->pass == RowPass::kAgain) {
    job.loads_wait_for.push_back(Dependency{before, Dependency::Milestone::kEnded});
  } else if (tile->first_head == 0 && waits_for_choice(block)) {
    job.loads_wait_for.push_back(Dependency{*choice_, Dependency::Milestone::kEnded});
  }
  for (const PassOperand& operand : pass.operands) {
    const RegionId region = (*tile).*operand.region;
    jobs.add_load(operand_load(operand, region, layout, units_, target), {region});
  }
  auto query_key = std::make_shared<QueryKeyKernel>();
  query_key->tile = tile;
  auto prob_value = std::make_shared<ProbValueKernel>();
  prob_value->tile = tile;
  prob_value->rows_a_packet = std::max(1U, target.packet_bytes / layer.value_features);
  if (!pass.outputs.empty()) {
    job.store = output_store(layer, pass, layout, target);
    job.store->job = static_cast<std::uint32_t>(jobs.last_job());
    jobs.note_written(layer.output);
    job.stored = jobs.add_region(target.output_pool, output_bytes(pass));
    job.claims = {job.stored};
    prob_value->store = &*job.store;
  }
  job.orders = {Order{units_.query_key, std::move(query_key), Order::Ends::kReported},
                Order{units_.prob_value, std::move(prob_value), Order::Ends::kReported}};
  jobs.end_tile();
}

JobSketch CascadeAttention::sketch_choice(std::size_t block) const {
  const CascadeBlock& chosen = chosen_[block];
  JobSketch job;
  job.begins_tile = job.ends_tile = true;
  job.cycles = double(costs_.top_k.cycles(chosen.choice.search)) + kOrderCycles;
  if (!chosen.kept) return job;
  const std::uint64_t bytes = kNumberBytes * chosen.choice.tokens.size();
  job.cycles += double(costs_.top_k.storing_cycles(chosen.choice.tokens.size()));
  job.claim = Claim{limits_.output_pool, whole_banks(bytes, limits_.holding.output_bank_bytes)};
  job.store = store_of(double(bytes), double(bytes), limits_.path);
  job.store->stored = *job.claim;
  job.writes = {*chosen.kept};
  return job;
}

const std::vector<std::uint32_t>* CascadeAttention::kept_tokens(TensorId tensor) const {
  for (const CascadeBlock& block : chosen_) {
    if (block.kept == tensor) return &block.choice.tokens;
  }
  return nullptr;
}

void CascadeAttention::add_choice(std::size_t block, const DramLayout& layout, JobList& jobs) {
  const Target& target = jobs.target();
  const CascadeBlock& chosen = chosen_[block];
  Job& job = jobs.begin_tile(blocks_[block].layer->layer);
  job.phase = target.select;
  auto kernel = std::make_shared<CascadeKernel>();
  kernel->choice = chosen.choice;
  for (const TensorId weights : chosen.weights_of_heads) jobs.note_known(weights);
  if (chosen.kept) {
    constexpr auto kRowBytes = static_cast<std::uint32_t>(kNumberBytes);
    job.store =
        stream_store(TensorRole::kSelection, {stretch_of(*chosen.kept, layout, kRowBytes)}, target);
    job.store->job = static_cast<std::uint32_t>(jobs.last_job());
    jobs.note_written(*chosen.kept);
    job.stored = jobs.add_region(target.output_pool,
                                 whole_banks(job.store->bytes(), target.holding.output_bank_bytes));
    job.claims = {job.stored};
    kernel->store = &*job.store;
    kernel->packet_bytes = target.packet_bytes;
  }
  job.orders = {Order{units_.selector, std::move(kernel), Order::Ends::kReported}};
  choice_ = jobs.last_job();
  jobs.end_tile();
}

}  // namespace vitcod
