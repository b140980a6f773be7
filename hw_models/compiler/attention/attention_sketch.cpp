// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/attention_sketch.hpp"

#include <algorithm>
#include <cmath>

#include "hw_models/compiler/attention/unit_footprint.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kDenser = index_of(EngineId::kDenser);
constexpr std::size_t kSparser = index_of(EngineId::kSparser);

/// Rows that the engines' buffers keep: `written_bytes` by engine.
void decode(LoadWork& load, const std::array<double, 2>& written_bytes, double compressed_heads,
            const DataPath& path) {
  for (std::size_t e : {kDenser, kSparser}) {
    load.receiver_cycles[e] = path.decoder.cycles(written_bytes[e], compressed_heads);
  }
  load.receiver_latency = path.decoder.latency_cycles;
}

double num_denser(const WorkUnit& unit) {
  double denser = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) denser += unit.num_denser(head);
  return denser;
}

LoadWork keys_of(const WorkUnit& unit, const DataPath& path) {
  const AttentionLayer& layer = *unit.layer;
  const double features = layer.query_features;
  const double denser = num_denser(unit);
  const double rows = double(unit.num_heads) * layer.num_keys;
  LoadWork load;
  decode(load, {denser * features, (rows - denser) * features}, layer.compressed_heads, path);
  if (layer.compressed_heads == 0) {
    load.dram_bytes = load.port_bytes = load.stretch_bytes = rows * features;
    return load;
  }
  const double row_bytes = layer.compressed_heads * features;
  load.port_bytes = load.stretch_bytes = layer.num_keys * row_bytes;
  load.dram_bytes = load.port_bytes - (unit.loads_resident ? 0 : unit.resident_keys * row_bytes);
  return load;
}

LoadWork queries_of(const WorkUnit& unit, const UnitFootprint& bytes, const DataPath& path) {
  const AttentionLayer& layer = *unit.layer;
  LoadWork load;
  decode(load, {double(bytes.denser_query), double(bytes.sparser_query)}, layer.compressed_heads,
         path);
  if (layer.compressed_heads == 0) {
    load.dram_bytes = load.port_bytes = load.stretch_bytes = double(bytes.query());
    if (unit.num_rows != layer.num_queries) {
      load.stretch_bytes = double(unit.num_rows) * layer.query_features;
    }
    return load;
  }
  const double row_bytes = double(layer.compressed_heads) * layer.query_features;
  const double once = double(unit.total_rows()) * layer.query_features;
  const double passes = double(bytes.query()) > once ? 2 : 1;
  load.port_bytes = passes * unit.num_rows * row_bytes;
  load.stretch_bytes = unit.num_rows * row_bytes;
  load.dram_bytes =
      load.port_bytes - (unit.loads_resident ? 0 : passes * unit.resident_queries * row_bytes);
  return load;
}

LoadWork values_of(const WorkUnit& unit, const DataPath& path) {
  const double denser = num_denser(unit);
  const double rows = double(unit.num_heads) * unit.layer->num_keys;
  const double features = unit.layer->value_features;
  LoadWork load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = rows * features;
  decode(load, {denser * features, (rows - denser) * features}, 0, path);
  return load;
}

LoadWork indices_of(const UnitFootprint& bytes, const DataPath& path) {
  LoadWork load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = double(bytes.index);
  decode(load, {0, double(bytes.index)}, 0, path);
  return load;
}

double cycles_of_sddmm(const WorkUnit& unit, const PhaseCosts& costs) {
  const UnitWorkload& work = unit.workload;
  const double denser = double(work.denser_columns()) * unit.num_rows;
  const double sparser = double(work.sparse_entries);
  const double merged = denser > 0 ? double(work.sparse_rows) : 0;
  const EngineCost& engine = costs.engines[kSparser];
  return std::max({double(unit.split[0].predicted_cycles),
                   costs.engines[kDenser].score_cycles(denser), engine.score_cycles(sparser)}) +
         costs.look_ups.cycles(sparser) + costs.normaliser.merge_cycles(merged) +
         (engine.phase_cycles + engine.score_latency);
}

double cycles_of_spmm(const WorkUnit& unit, const PhaseCosts& costs) {
  const double leaving =
      costs.normaliser.normalise_cycles(unit.total_rows(), unit.workload.value_features);
  return std::max(double(unit.split[1].predicted_cycles), leaving) +
         costs.engines[kSparser].phase_cycles;
}

std::uint64_t resident_bytes(const WorkUnit& unit) {
  const std::uint64_t rows = std::uint64_t{unit.resident_keys} + unit.resident_queries;
  return rows * unit.layer->compressed_heads * unit.layer->query_features;
}

LoadSketch load_of(PoolId pool, std::uint64_t bytes, const LoadWork& work, const DataPath& path) {
  LoadSketch load;
  load.claim = Claim{pool, bytes};
  load.passage = passage_of(work, path);
  return load;
}

JobSketch sddmm_of(const WorkUnit& unit, const UnitFootprint& bytes, const PlanLimits& limits) {
  const DataPath& path = limits.path;
  JobSketch job;
  job.begins_tile = true;
  job.reads = {unit.layer->query, unit.layer->key, unit.layer->value};
  job.loads.push_back(load_of(limits.index_pool, bytes.index, indices_of(bytes, path), path));
  const LoadWork queries = queries_of(unit, bytes, path);
  if (unit.loads_keys_values) {
    const std::uint64_t resident = unit.loads_resident ? resident_bytes(unit) : 0;
    const LoadWork keys = keys_of(unit, path);
    job.loads.push_back(load_of(limits.input_pool, bytes.key + resident, keys, path));
    job.loads.back().with_next = passage_of(keys + queries, path);
  }
  job.loads.push_back(load_of(limits.input_pool, bytes.query(), queries, path));
  job.claim = Claim{limits.output_pool, bytes.scores};
  job.cycles = cycles_of_sddmm(unit, limits.phases);
  const std::uint64_t freed = bytes.query() + (unit.frees_keys_values ? bytes.key : 0);
  job.frees = {Claim{limits.input_pool, freed}};
  return job;
}

JobSketch spmm_of(const WorkUnit& unit, const UnitFootprint& bytes, const PlanLimits& limits) {
  JobSketch job;
  job.ends_tile = true;
  if (unit.loads_keys_values) {
    job.loads.push_back(
        load_of(limits.input_pool, bytes.value, values_of(unit, limits.path), limits.path));
  }
  job.claim = Claim{limits.output_pool, bytes.output};
  job.cycles = cycles_of_spmm(unit, limits.phases);
  const double head_bytes = double(unit.num_rows) * unit.layer->value_features;
  job.store = store_of(head_bytes * unit.num_heads, head_bytes, limits.path);
  job.store->stored = *job.claim;
  const std::uint64_t freed =
      (unit.frees_keys_values ? bytes.value : 0) + (unit.frees_resident ? resident_bytes(unit) : 0);
  job.frees = {Claim{limits.output_pool, bytes.scores}, Claim{limits.index_pool, bytes.index},
               Claim{limits.input_pool, freed}};
  return job;
}

}  // namespace

void append_sketch(const WorkUnit& unit, const PlanLimits& limits, std::vector<JobSketch>& jobs) {
  const UnitFootprint bytes = footprint(unit, limits.query_forwarding);
  jobs.push_back(sddmm_of(unit, bytes, limits));
  jobs.push_back(spmm_of(unit, bytes, limits));
}

}  // namespace vitcod
