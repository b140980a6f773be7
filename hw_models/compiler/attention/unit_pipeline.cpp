// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/unit_pipeline.hpp"

#include <algorithm>
#include <cmath>

namespace vitcod {
namespace {

constexpr std::size_t kDenser = index_of(EngineId::kDenser);
constexpr std::size_t kSparser = index_of(EngineId::kSparser);

/// Bytes a cycle between a global buffer and the engines.
double narrowest(const DataPath& path, const StagingPath& buffer) {
  return std::min(buffer.port_bytes, path.crossbar_bytes);
}

/// Cycles that so many bytes take because each packet occupies a place of the staging.
double staging_cycles(const DataPath& path, const StagingPath& buffer, double bytes,
                      double packet) {
  const double places =
      std::max(1.0, std::min(buffer.packets_in_flight, std::floor(buffer.staging_bytes / packet)));
  const double occupied = path.memory_cycles + 2 * packet / buffer.port_bytes;
  return std::ceil(bytes / packet) * occupied / places;
}

/// Cycles of a packet besides its pass through the narrowest place.
double latency(const DataPath& path, const StagingPath& buffer, double packet) {
  return path.memory_cycles + 2 * packet / buffer.port_bytes + packet / path.crossbar_bytes -
         packet / narrowest(path, buffer);
}

/// What comes together: bytes from DRAM, bytes through the ports, and by engine the MACs and the
/// written bytes of its input side.
struct Load {
  double dram_bytes = 0;
  double port_bytes = 0;
  double stretch_bytes = 0;  ///< that lie together, and are cut into packets
  std::array<double, 2> decode_macs{};
  std::array<double, 2> written_bytes{};

  Load operator+(const Load& other) const {
    Load sum = *this;
    sum.dram_bytes += other.dram_bytes;
    sum.port_bytes += other.port_bytes;
    sum.stretch_bytes = std::max(stretch_bytes, other.stretch_bytes);
    for (std::size_t e : {kDenser, kSparser}) {
      sum.decode_macs[e] += other.decode_macs[e];
      sum.written_bytes[e] += other.written_bytes[e];
    }
    return sum;
  }
};

Load keys_of(const WorkUnit& unit) {
  const AttentionLayer& layer = *unit.layer;
  Load load;
  if (!unit.loads_keys_values) return load;
  const double features = layer.query_features;
  double denser = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) denser += unit.num_denser(head);
  const double rows = double(unit.num_heads) * layer.num_keys;
  load.written_bytes = {denser * features, (rows - denser) * features};
  if (layer.compressed_heads == 0) {
    load.dram_bytes = load.port_bytes = load.stretch_bytes = rows * features;
    return load;
  }
  const double row_bytes = layer.compressed_heads * features;
  load.port_bytes = load.stretch_bytes = layer.num_keys * row_bytes;
  load.dram_bytes = load.port_bytes - (unit.loads_resident ? 0 : unit.resident_keys * row_bytes);
  for (std::size_t e : {kDenser, kSparser}) {
    load.decode_macs[e] = load.written_bytes[e] * layer.compressed_heads;
  }
  return load;
}

Load queries_of(const WorkUnit& unit, const UnitFootprint& bytes) {
  const AttentionLayer& layer = *unit.layer;
  Load load;
  load.written_bytes = {double(bytes.denser_query), double(bytes.sparser_query)};
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
  for (std::size_t e : {kDenser, kSparser}) {
    load.decode_macs[e] = load.written_bytes[e] * layer.compressed_heads;
  }
  return load;
}

Load values_of(const WorkUnit& unit) {
  Load load;
  if (!unit.loads_keys_values) return load;
  double denser = 0;
  for (std::uint32_t head = 0; head < unit.num_heads; ++head) denser += unit.num_denser(head);
  const double rows = double(unit.num_heads) * unit.layer->num_keys;
  const double features = unit.layer->value_features;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = rows * features;
  load.written_bytes = {denser * features, (rows - denser) * features};
  return load;
}

Load indices_of(const UnitFootprint& bytes) {
  Load load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = double(bytes.index);
  load.written_bytes[kSparser] = double(bytes.index);
  return load;
}

double cycles_of_sddmm(const WorkUnit& unit, const PhaseCosts& costs) {
  const UnitWorkload& work = unit.workload;
  const double denser = double(work.denser_columns()) * unit.num_rows;
  const double sparser = double(work.sparse_entries);
  const double merged = denser > 0 ? double(work.sparse_rows) : 0;
  return std::max({double(unit.split[0].predicted_cycles), denser / costs.scores_per_cycle[kDenser],
                   sparser / costs.scores_per_cycle[kSparser]}) +
         std::ceil(std::min(costs.lines, sparser) / costs.look_ups_per_cycle) +
         merged / costs.merge_rows_per_cycle + costs.overhead_cycles[0];
}

double cycles_of_spmm(const WorkUnit& unit, const PhaseCosts& costs) {
  const UnitWorkload& work = unit.workload;
  const double row = std::ceil(work.value_features / costs.features_per_cycle);
  return std::max(double(unit.split[1].predicted_cycles), unit.total_rows() * row) +
         costs.overhead_cycles[1];
}

UnitDemand::Passage passage_of(const Load& load, const DataPath& path) {
  UnitDemand::Passage passage;
  if (load.port_bytes == 0) return passage;
  const double packet = std::min(path.packet_bytes, load.stretch_bytes);
  passage.is_empty = false;
  passage.memory_cycles = std::max(load.dram_bytes / path.dram_bytes,
                                   staging_cycles(path, path.input, load.dram_bytes, packet));
  passage.port_cycles = load.port_bytes / narrowest(path, path.input);
  for (std::size_t e : {kDenser, kSparser}) {
    passage.decoder_cycles[e] =
        std::max(load.decode_macs[e] / path.decode_macs, load.written_bytes[e] / path.write_bytes);
  }
  passage.latency = latency(path, path.input, packet);
  return passage;
}

}  // namespace

UnitDemand::UnitDemand(const WorkUnit& unit, const PlanLimits& limits)
    : bytes(footprint(unit, limits.query_forwarding)),
      loads_keys_values(unit.loads_keys_values),
      sddmm_cycles(cycles_of_sddmm(unit, limits.phases)),
      spmm_cycles(cycles_of_spmm(unit, limits.phases)) {
  const DataPath& path = limits.path;
  const std::uint64_t resident_rows = std::uint64_t{unit.resident_keys} + unit.resident_queries;
  const std::uint64_t resident =
      resident_rows * unit.layer->compressed_heads * unit.layer->query_features;
  if (unit.loads_keys_values) {
    loaded_key_bytes = bytes.key + (unit.loads_resident ? resident : 0);
    loaded_value_bytes = bytes.value;
  }
  freed_key_bytes = unit.frees_keys_values ? bytes.key : 0;
  freed_value_bytes =
      (unit.frees_keys_values ? bytes.value : 0) + (unit.frees_resident ? resident : 0);
  const Load for_keys = keys_of(unit);
  const Load for_queries = queries_of(unit, bytes);
  index = passage_of(indices_of(bytes), path);
  keys = passage_of(for_keys, path);
  queries = passage_of(for_queries, path);
  keys_and_queries = passage_of(for_keys + for_queries, path);
  values = passage_of(values_of(unit), path);
  const double head_bytes = double(unit.num_rows) * unit.layer->value_features;
  const double results = head_bytes * unit.num_heads;
  const double packet = std::min(path.packet_bytes, head_bytes);
  store_cycles = std::max({results / path.dram_bytes, results / narrowest(path, path.output),
                           staging_cycles(path, path.output, results, packet)});
  store_latency = latency(path, path.output, packet);
}

double UnitPipeline::Space::take(std::uint64_t bytes, double cycle) {
  free_ -= static_cast<double>(bytes);
  while (free_ < 0 && !releases_.empty()) {
    cycle = std::max(cycle, releases_.front().cycle);
    free_ += releases_.front().bytes;
    releases_.pop_front();
  }
  return cycle;
}

double UnitPipeline::load(const UnitDemand::Passage& passage, double from) {
  if (passage.is_empty) return from;
  double start = from;  // at one place, and not earlier at the next
  double end = from;
  const auto pass = [&start, &end](double& free, double cycles) {
    if (cycles == 0) return;
    start = std::max(free, start);
    free = start + cycles;
    end = std::max(end, free);
  };
  pass(memory_free_, passage.memory_cycles);
  pass(ports_free_, passage.port_cycles);
  const double at_ports = start;
  for (std::size_t e : {kDenser, kSparser}) {
    start = at_ports;
    pass(decoders_free_[e], passage.decoder_cycles[e]);
  }
  return end + passage.latency + limits_.path.decode_latency;
}

/// Rows leave as they are finished, in packets of one head, the last packet with the last row.
double UnitPipeline::store(const UnitDemand& unit, double from) {
  results_free_ = std::max(results_free_, from) + unit.store_cycles;
  return std::max(results_free_, computed_) + unit.store_latency;
}

void UnitPipeline::add(const UnitDemand& unit) {
  const UnitFootprint& bytes = unit.bytes;
  double at = 0;
  if (ends_.size() > limits_.prefetch_units) {
    at = ends_.front();
    ends_.pop_front();
  }
  at = index_.take(bytes.index, at);
  double ready = load(unit.index, at);
  const double for_keys = unit.loads_keys_values ? input_.take(unit.loaded_key_bytes, at) : at;
  at = input_.take(bytes.query(), for_keys);
  if (at == for_keys) {  // room for both: their packets alternate
    ready = std::max(ready, load(unit.keys_and_queries, at));
  } else {
    ready = std::max(ready, load(unit.keys, for_keys));
    ready = std::max(ready, load(unit.queries, at));
  }
  const double begin = output_.take(bytes.scores, std::max(computed_, ready));
  const double scored = begin + unit.sddmm_cycles;
  input_.give_back(bytes.query() + unit.freed_key_bytes, scored);
  double values_ready = 0;
  if (unit.loads_keys_values) {
    at = input_.take(unit.loaded_value_bytes, at);
    values_ready = load(unit.values, at);
  }
  const double weighed = output_.take(bytes.output, std::max(scored, values_ready));
  computed_ = weighed + unit.spmm_cycles;
  output_.give_back(bytes.scores, computed_);
  stored_ = store(unit, weighed);
  output_.give_back(bytes.output, stored_);
  index_.give_back(bytes.index, computed_);
  input_.give_back(unit.freed_value_bytes, computed_);
  ends_.push_back(computed_);
}

}  // namespace vitcod
