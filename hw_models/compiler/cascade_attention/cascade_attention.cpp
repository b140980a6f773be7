// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/cascade_attention/cascade_attention.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_models/gemm_engine/gemm_kernels.hpp"
#include "hw_models/prob_value_array/prob_value_kernel.hpp"
#include "hw_models/query_key_array/query_key_kernel.hpp"
#include "hw_models/top_k_engine/cascade_kernel.hpp"
#include "sim/base/errors.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kOperandPort = 0;  ///< of the receivers
/// The order's way to a unit, and the answer's.
constexpr double kOrderCycles = 2;

/// Rows of all heads of a group lie together.
Transfer operand_load(TensorRole role, std::uint64_t address, std::uint64_t rows,
                      std::uint32_t features, RegionId region, const CascadeUnits& units,
                      const Target& target) {
  auto placement = std::make_shared<GemmPlacement>();
  placement->output = units.operand_output;
  placement->region = region;
  placement->bytes = rows * features;
  Transfer transfer;
  transfer.label.role = role;
  transfer.buffer = target.input_buffer;
  transfer.stretches = {Stretch{address, placement->bytes, features, 0, 0}};
  transfer.placement = std::move(placement);
  return transfer;
}

/// A stretch a head.
Transfer output_store(const AttentionLayer& layer, const PairTile& tile, const DramLayout& layout,
                      const Target& target) {
  Transfer transfer;
  transfer.label = TrafficLabel{TensorRole::kOutput, TransferReason::kWriteBack};
  transfer.outputs = target.results_output;
  const std::uint64_t bytes = std::uint64_t{tile.num_queries} * tile.value_features;
  for (std::uint32_t head = 0; head < tile.num_heads; ++head) {
    transfer.stretches.push_back(
        Stretch{layout.address(layer.output) + (tile.first_head + head) * bytes, bytes,
                tile.value_features, head * tile.num_queries, head * bytes});
  }
  return transfer;
}

}  // namespace

CascadeAttention::Footprint CascadeAttention::footprint(const AttentionLayer& layer,
                                                        std::uint32_t num_heads) const {
  const auto bytes = [&](std::uint64_t rows, std::uint32_t features, std::uint32_t bank) {
    return whole_banks(rows * features * num_heads, bank);
  };
  const std::uint32_t input_bank = limits_.holding.input_bank_bytes;
  return {bytes(layer.num_queries, layer.query_features, input_bank),
          bytes(layer.num_keys, layer.query_features, input_bank),
          bytes(layer.num_keys, layer.value_features, input_bank),
          bytes(layer.num_queries, layer.value_features, limits_.holding.output_bank_bytes)};
}

/// For one head.
void CascadeAttention::require_room(const AttentionLayer& layer) const {
  const auto require = [&](std::uint64_t needed, std::uint64_t there, const char* what) {
    if (needed <= there) return;
    throw InputError(fmt::format("{}: one head needs {} {}, this machine has {}", layer.name,
                                 needed, what, there));
  };
  const Footprint bytes = footprint(layer, 1);
  require(bytes.operands(), limits_.input_bytes, "bytes of the input_buffer");
  require(bytes.output, limits_.output_bytes, "bytes of the output_buffer");
  require(layer.num_keys, costs_.softmax.max_keys, "keys in the FIFOs of the softmax_unit");
  require(std::max(layer.num_keys, layer.num_heads), costs_.top_k.max_entries,
          "entries in the FIFOs of the top_k_engine");
}

std::vector<Candidate> CascadeAttention::candidates(const AttentionLayer& layer) {
  require_room(layer);
  const std::size_t number = blocks_.size();
  Block block{&layer, {}};
  std::vector<Candidate> candidates;
  for (std::uint32_t size = layer.num_heads; size > 0; --size) {
    const std::uint32_t groups = ceil_div(layer.num_heads, size);
    if (ceil_div(layer.num_heads, groups) != size) continue;  // as many groups, less evenly
    const Footprint bytes = footprint(layer, size);
    if (bytes.operands() > limits_.input_bytes || bytes.output > limits_.output_bytes) continue;
    std::vector<Group>& cut = block.cuts.emplace_back();
    Candidate& candidate = candidates.emplace_back();
    for (std::uint32_t first = 0; first < layer.num_heads; first += size) {
      cut.push_back({first, std::min(size, layer.num_heads - first)});
    }
    candidate.traffic =
        std::uint64_t{layer.num_heads} *
        ((std::uint64_t{layer.num_queries} + layer.num_keys) * layer.query_features +
         std::uint64_t{layer.num_keys} * layer.value_features);
  }
  blocks_.push_back(std::move(block));
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    std::vector<JobSketch>& jobs = candidates[c].jobs;
    for (const Group& group : blocks_[number].cuts[c]) jobs.push_back(sketch(number, group));
    jobs.front().after_jobs = waits_for_choice(number);
    if (!chosen_.at(number).choice.drops_any()) continue;
    JobSketch& choice = jobs.emplace_back();
    choice.begins_tile = choice.ends_tile = true;
    choice.cycles = double(costs_.top_k.cycles(chosen_[number].choice.search)) + kOrderCycles;
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

JobSketch CascadeAttention::sketch(std::size_t number, const Group& group) const {
  const AttentionLayer& layer = *blocks_[number].layer;
  const Footprint bytes = footprint(layer, group.num_heads);
  const std::uint64_t key_bytes =
      std::uint64_t{group.num_heads} * layer.num_keys * layer.query_features;
  const std::uint64_t query_bytes =
      std::uint64_t{group.num_heads} * layer.num_queries * layer.query_features;
  const std::uint64_t head_bytes = std::uint64_t{layer.num_queries} * layer.value_features;
  JobSketch job;
  job.begins_tile = job.ends_tile = true;
  job.reads = {layer.query, layer.key, layer.value};
  job.loads = {load_sketch(key_bytes, bytes.key), load_sketch(query_bytes, bytes.query),
               load_sketch(std::uint64_t{group.num_heads} * layer.num_keys * layer.value_features,
                           bytes.value)};
  job.claim = Claim{limits_.output_pool, bytes.output};
  job.cycles = cycles_of(number, group);
  job.frees = {Claim{limits_.input_pool, bytes.operands()}};
  job.store = store_of(double(head_bytes * group.num_heads), double(head_bytes), limits_.path);
  job.store->stored = *job.claim;
  job.writes = {layer.output};
  return job;
}

/// From the order to the last packet, with queues between the units that are never full.
double CascadeAttention::cycles_of(std::size_t number, const Group& group) const {
  const AttentionLayer& layer = *blocks_[number].layer;
  const ValueChoice& choice = *chosen_.at(number).values;
  const std::uint64_t banks = costs_.prob_value.rows_per_cycle(layer.value_features);
  const std::uint64_t products = costs_.query_key.row_cycles(layer.num_keys, layer.query_features);
  const std::uint64_t weights = costs_.softmax.row_cycles(layer.num_keys);
  std::uint64_t made = 0, weighed = 0, selected = 0, multiplied = 0;
  std::vector<std::uint64_t> of_bank(banks);
  for (std::uint32_t head = group.first_head; head < group.first_head + group.num_heads; ++head) {
    for (std::uint32_t query = 0; query < layer.num_queries; ++query) {
      std::fill(of_bank.begin(), of_bank.end(), 0);
      choice.kept[head].for_each_kept(query, [&](std::uint32_t key) { ++of_bank[key % banks]; });
      const std::uint64_t searched =
          costs_.top_k.cycles(choice.searches[std::size_t{head} * layer.num_queries + query]);
      made += products;
      weighed = std::max(weighed, made + costs_.query_key.latency) + weights;
      selected = std::max(selected, weighed + costs_.softmax.latency) +
                 std::max<std::uint64_t>(1, searched);
      multiplied = std::max(multiplied, selected) +
                   costs_.prob_value.row_cycles(*std::max_element(of_bank.begin(), of_bank.end()),
                                                layer.value_features);
    }
  }
  return double(multiplied + costs_.prob_value.latency) + kOrderCycles;
}

void CascadeAttention::add_jobs(std::size_t block, std::size_t candidate, DramLayout& layout,
                                JobList& jobs) {
  for (const Group& group : blocks_[block].cuts[candidate]) {
    add_group(block, group, layout, jobs);
  }
  if (chosen_[block].choice.drops_any()) add_choice(block, jobs);
}

std::shared_ptr<PairTile> CascadeAttention::hold(std::size_t block, const Group& group,
                                                 JobList& jobs) const {
  const AttentionLayer& layer = *blocks_[block].layer;
  const Footprint bytes = footprint(layer, group.num_heads);
  const PoolId pool = jobs.target().input_pool;
  auto tile = std::make_shared<PairTile>();
  tile->first_head = group.first_head;
  tile->num_heads = group.num_heads;
  tile->num_queries = layer.num_queries;
  tile->num_keys = layer.num_keys;
  tile->query_features = layer.query_features;
  tile->value_features = layer.value_features;
  tile->query = jobs.add_region(pool, bytes.query);
  tile->key = jobs.add_region(pool, bytes.key);
  tile->value = jobs.add_region(pool, bytes.value);
  tile->block_heads = layer.num_heads;
  tile->begins_cascade = chosen_[block].begins_cascade && group.first_head == 0;
  tile->choice = chosen_[block].values;
  return tile;
}

void CascadeAttention::add_loads(const AttentionLayer& layer, const PairTile& tile,
                                 const DramLayout& layout, JobList& jobs) const {
  const auto add = [&](TensorRole role, TensorId tensor, std::uint32_t rows_a_head,
                       std::uint32_t features, RegionId region) {
    const std::uint64_t first = std::uint64_t{tile.first_head} * rows_a_head * features;
    jobs.add_load(operand_load(role, layout.address(tensor) + first,
                               std::uint64_t{tile.num_heads} * rows_a_head, features, region,
                               units_, jobs.target()),
                  {region});
  };
  add(TensorRole::kKey, layer.key, tile.num_keys, tile.query_features, tile.key);
  add(TensorRole::kQuery, layer.query, tile.num_queries, tile.query_features, tile.query);
  add(TensorRole::kValue, layer.value, tile.num_keys, tile.value_features, tile.value);
}

void CascadeAttention::add_group(std::size_t block, const Group& group, const DramLayout& layout,
                                 JobList& jobs) const {
  const AttentionLayer& layer = *blocks_[block].layer;
  const Target& target = jobs.target();
  const std::shared_ptr<const PairTile> tile = hold(block, group, jobs);
  Job& job = jobs.begin_tile(layer.layer);
  job.phase = units_.attend;
  for (const TensorId tensor : {layer.query, layer.key, layer.value}) jobs.wait_for(tensor);
  if (group.first_head == 0 && waits_for_choice(block)) {
    job.loads_wait_for.push_back(Dependency{*choice_, Dependency::Milestone::kEnded});
  }
  add_loads(layer, *tile, layout, jobs);
  job.store = output_store(layer, *tile, layout, target);
  job.store->job = static_cast<std::uint32_t>(jobs.last_job());
  jobs.note_written(layer.output);
  job.stored = jobs.add_region(target.output_pool, footprint(layer, group.num_heads).output);
  job.claims = {job.stored};
  auto query_key = std::make_shared<QueryKeyKernel>();
  query_key->tile = tile;
  auto prob_value = std::make_shared<ProbValueKernel>();
  prob_value->tile = tile;
  prob_value->store = &*job.store;
  prob_value->rows_a_packet = std::max(1U, target.packet_bytes / layer.value_features);
  job.orders = {Order{units_.query_key, std::move(query_key), Order::Ends::kReported},
                Order{units_.prob_value, std::move(prob_value), Order::Ends::kReported}};
  job.frees = {tile->query, tile->key, tile->value};
  jobs.end_tile();
}

void CascadeAttention::add_choice(std::size_t block, JobList& jobs) {
  Job& job = jobs.begin_tile(blocks_[block].layer->layer);
  job.phase = jobs.target().select;
  auto kernel = std::make_shared<CascadeKernel>();
  kernel->choice = chosen_[block].choice;
  job.orders = {Order{units_.selector, std::move(kernel), Order::Ends::kReported}};
  choice_ = jobs.last_job();
  jobs.end_tile();
}

}  // namespace vitcod
