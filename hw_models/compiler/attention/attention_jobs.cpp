// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/attention_jobs.hpp"

#include <algorithm>

#include "hw_models/index_filter/source_index.hpp"
#include "hw_models/normaliser/normaliser_kernels.hpp"

namespace vitcod {
namespace {

template <typename EngineKernel>
std::shared_ptr<EngineKernel> engine_kernel(const WorkUnit& unit, Phase phase,
                                            const std::shared_ptr<const AttentionTile>& tile,
                                            const TileOperands& operands) {
  auto kernel = std::make_shared<EngineKernel>();
  kernel->tile = tile;
  kernel->operands = operands;
  kernel->split = unit.split[static_cast<std::size_t>(phase)];
  return kernel;
}

}  // namespace

void AttentionJobs::add(std::span<const WorkUnit> units) {
  std::vector<Holding> holdings;
  for (const WorkUnit& unit : units) {
    holdings.push_back(hold(unit));
    add_sddmm(unit, holdings.back());
  }
  if (!layer_.sigmoid_bias) add_merge(holdings);
  for (std::size_t i = 0; i < units.size(); ++i) add_spmm(units[i], holdings[i]);
  jobs_.end_tile();
}

AttentionJobs::Holding AttentionJobs::hold(const WorkUnit& unit) {
  const Target& target = jobs_.target();
  Holding holding;
  holding.bytes = footprint(unit, target.holding);
  holding.tile = tile_of(unit, target.mask_denser_block, target.holding.query_forwarding);
  if (unit.loads_keys_values) {
    key_ = jobs_.add_region(target.input_pool, holding.bytes.key);
    value_ = jobs_.add_region(target.input_pool, holding.bytes.value);
  }
  holding.operands.index = jobs_.add_region(target.index_pool, holding.bytes.index);
  holding.operands.query = jobs_.add_region(target.input_pool, holding.bytes.query);
  holding.operands.key = key_;
  holding.operands.value = value_;
  holding.operands.banks = holding.bytes.banks;
  holding.operands.query_window = unit.query_window;
  if (unit.key_tile == 0) {
    scores_ = jobs_.add_region(target.output_pool, holding.bytes.scores);
  }
  if (unit.is_last_key_tile()) {
    holding.output = jobs_.add_region(target.output_pool, holding.bytes.output);
  }
  if (unit.block != nullptr) {
    holding.row_starts = jobs_.add_region(target.index_pool, holding.bytes.row_starts);
  }
  return holding;
}

void AttentionJobs::add_sddmm(const WorkUnit& unit, Holding& holding) {
  Job& job = unit.key_tile == 0 ? jobs_.begin_tile(layer_.layer) : jobs_.add_job(layer_.layer);
  job.phase = jobs_.target().sddmm;
  if (unit.key_tile == 0) {
    for (TensorId tensor : {layer_.query, layer_.key, layer_.value}) jobs_.wait_for(tensor);
  }
  if (layer_.compressed_heads > 0 && !unit.is_pruned()) add_weights(job, unit);
  add_sddmm_loads(unit, holding);
  if (unit.key_tile == 0) job.claims.push_back(scores_);
  auto kernel = engine_kernel<SddmmKernel>(unit, Phase::kSddmm, holding.tile, holding.operands);
  if (unit.query_window > 0) kernel->queries = query_stream(unit, job.loads.back().transfer);
  order_engines(job, unit, std::shared_ptr<const SddmmKernel>(std::move(kernel)));
  if (unit.is_pruned()) return;
  job.frees.push_back(holding.operands.query);
  if (unit.frees_keys_values) job.frees.push_back(holding.operands.key);
  if (unit.block != nullptr && holding.bytes.index > 0) job.frees.push_back(holding.operands.index);
}

/// The decoders' weights come with the first unit of the layer that loads rows.
void AttentionJobs::add_weights(Job& job, const WorkUnit& unit) {
  if (unit.is_first_load) {
    weight_set_ = jobs_.decoder_weights.begin(job);
    jobs_.add_load(loads_.weights(unit.polarized, weight_set_), {}).is_fence = true;
  }
  jobs_.decoder_weights.use(jobs_.last_job());
}

void AttentionJobs::add_sddmm_loads(const WorkUnit& unit, Holding& holding) {
  if (unit.is_pruned()) return;
  if (holding.bytes.index > 0 && layer_.restricted) {
    add_filtered_index(holding);
  } else if (holding.bytes.index > 0) {
    add_index(holding);
  }
  if (unit.loads_keys_values) {
    std::vector<RegionId> claims{holding.operands.key};
    const std::uint64_t resident = resident_bytes(unit, jobs_.target().holding);
    if (unit.is_first_load && resident > 0) {
      resident_ = jobs_.add_region(jobs_.target().input_pool, resident);
      claims.push_back(*resident_);
    }
    Transfer keys = loads_.keys(unit, holding.tile, holding.operands.key, weight_set_);
    // With Q: they keep different decoders busy. But Q that passes by in a window may stop for as
    // long as the engines have not begun, and nothing that they wait for may come behind it.
    keys.alternates = unit.query_window == 0;
    jobs_.add_load(std::move(keys), std::move(claims)).after_fences = true;
  }
  add_queries(unit, holding);
}

void AttentionJobs::add_index(Holding& holding) {
  Table table;
  table.address = layout_.allocate(holding.bytes.index);
  holding.index_address = table.address;
  table.bytes = holding.bytes.index;
  table.contents = [tile = holding.tile] { return encode_index(*tile); };
  jobs_.add_load(loads_.index(table.address, table.bytes, holding.operands.index),
                 {holding.operands.index});
  jobs_.add_table(std::move(table));
}

/// Who is kept comes with the layer's first index. The index of a head comes whole, whatever rows
/// the tile has: it was made offline.
void AttentionJobs::add_filtered_index(const Holding& holding) {
  if (source_counts_ == nullptr) {
    jobs_.wait_for(layer_.restricted->origins);
    jobs_.add_load(loads_.kept_tokens(), {});
    source_counts_ = row_counts_of(*layer_.restricted->source, holding.tile->polarized);
  }
  const auto source = source_tile(*holding.tile, *layer_.restricted->source, source_counts_);
  Table table;
  table.bytes = source_index_bytes(*source);
  table.address = layout_.allocate(table.bytes);
  table.contents = [source] { return encode_source_index(*source); };
  jobs_.add_load(loads_.filtered_index(source, holding.tile, table.address, holding.bytes.index,
                                       holding.operands.index),
                 {holding.operands.index});
  jobs_.add_table(std::move(table));
}

void AttentionJobs::add_queries(const WorkUnit& unit, const Holding& holding) {
  const RegionId region = holding.operands.query;
  Transfer queries = loads_.queries(unit, holding.tile, region, weight_set_);
  auto again = loads_.sparser_queries(unit, holding.tile, region, weight_set_);
  if (again) queries.residency.stays = queries.residency.bytes > 0;
  Load& load = jobs_.add_load(std::move(queries), {region});
  load.after_fences = true;
  load.streams = unit.query_window > 0;
  if (again) jobs_.add_load(std::move(*again), {});
}

template <typename EngineKernel>
void AttentionJobs::order_engines(Job& job, const WorkUnit& unit,
                                  std::shared_ptr<const EngineKernel> kernel) {
  const auto order = [&](EngineId engine) {
    job.orders.push_back(
        Order{jobs_.target().engines[index_of(engine)], kernel, Order::Ends::kReported});
  };
  if (!unit.workload.denser_heads.empty()) order(EngineId::kDenser);
  if (unit.workload.sparse_entries > 0) order(EngineId::kSparser);
}

QueryStream AttentionJobs::query_stream(const WorkUnit& unit, const Transfer& transfer) const {
  QueryStream queries;
  queries.transfer = &transfer;
  queries.by_token = layer_.compressed_heads > 0;
  queries.row_bytes = std::max(1U, layer_.compressed_heads) * layer_.query_features;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) {
    const std::uint64_t rows_before =
        queries.by_token ? 0 : std::uint64_t{unit.first_head + head} * layer_.num_queries;
    queries.addresses.push_back(layout_.address(layer_.query) +
                                (rows_before + unit.first_row) * queries.row_bytes);
  }
  return queries;
}

void AttentionJobs::add_merge(const std::vector<Holding>& holdings) {
  Job& job = jobs_.add_job(layer_.layer);
  job.phase = jobs_.target().merge;
  job.chained = true;
  auto kernel = std::make_shared<MergeKernel>();
  kernel->tile = holdings.front().tile;
  for (std::size_t i = 1; i < holdings.size(); ++i) kernel->further.push_back(holdings[i].tile);
  job.orders.push_back(Order{jobs_.target().normaliser, kernel, Order::Ends::kReported});
}

void AttentionJobs::add_spmm(const WorkUnit& unit, const Holding& holding) {
  Job& job = jobs_.add_job(layer_.layer);
  job.phase = jobs_.target().spmm;
  job.operands_phase = jobs_.target().wait_values;
  if (!unit.is_pruned()) add_spmm_loads(unit, holding);
  auto kernel = std::make_shared<NormaliseKernel>();
  kernel->tile = holding.tile;
  kernel->resumes = unit.key_tile > 0;
  kernel->carries = !unit.is_last_key_tile();
  if (unit.block != nullptr) carry_rows(unit, holding);
  if (unit.is_last_key_tile()) {
    add_results(unit, holding);
    kernel->store = &*job.store;
    kernel->rows_a_packet = std::max(1U, jobs_.target().packet_bytes / layer_.value_features);
  }
  // Where rows stay, the job lasts until they are carried: a merge that is chained to a later job
  // then finds room for its order.
  const auto ends = kernel->carries ? Order::Ends::kReported : Order::Ends::kDrained;
  job.orders.push_back(Order{jobs_.target().normaliser, kernel, ends});
  order_engines(job, unit,
                std::shared_ptr<const SpmmKernel>(
                    engine_kernel<SpmmKernel>(unit, Phase::kSpmm, holding.tile, holding.operands)));
  if (unit.is_last_key_tile()) job.frees.push_back(scores_);
  if (!unit.is_pruned()) {
    const bool is_cut = unit.block != nullptr;
    if (!is_cut && holding.bytes.index > 0) job.frees.push_back(holding.operands.index);
    if (is_cut && holding.bytes.row_starts > 0) job.frees.push_back(holding.row_starts);
    if (unit.frees_keys_values) job.frees.push_back(holding.operands.value);
  }
  if (unit.is_last_load && resident_) job.frees.push_back(*resident_);
}

void AttentionJobs::add_spmm_loads(const WorkUnit& unit, const Holding& holding) {
  if (unit.block != nullptr && holding.bytes.row_starts > 0) {
    jobs_.add_load(loads_.row_starts(*holding.tile, holding.index_address, holding.row_starts),
                   {holding.row_starts});
  }
  if (unit.loads_keys_values) {
    jobs_.add_load(loads_.values(unit, holding.tile, holding.operands.value),
                   {holding.operands.value});
  }
}

void AttentionJobs::add_results(const WorkUnit& unit, const Holding& holding) {
  Job& job = jobs_.job();
  job.store = loads_.output(unit);
  job.store->job = static_cast<std::uint32_t>(jobs_.last_job());
  jobs_.note_written(layer_.output);
  job.stored = holding.output;
  job.claims.push_back(holding.output);
}

/// Room for the rows is there from the first key tile on, until the last row has left.
void AttentionJobs::carry_rows(const WorkUnit& unit, const Holding& holding) {
  if (unit.key_tile == 0) {
    carried_ = jobs_.add_region(jobs_.target().output_pool, holding.bytes.carried);
    jobs_.job().claims.push_back(carried_);
  }
  if (unit.is_last_key_tile()) jobs_.job().frees_when_drained.push_back(carried_);
}

}  // namespace vitcod
