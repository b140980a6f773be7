// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/unit_pipeline.hpp"

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

}  // namespace

double UnitPipeline::Space::take(std::uint64_t bytes, double cycle) {
  free_ -= static_cast<double>(bytes);
  while (free_ < 0 && !releases_.empty()) {
    cycle = std::max(cycle, releases_.front().cycle);
    free_ += releases_.front().bytes;
    releases_.pop_front();
  }
  return cycle;
}

UnitPipeline::Load UnitPipeline::Load::operator+(const Load& other) const {
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

UnitPipeline::Load UnitPipeline::keys_of(const WorkUnit& unit) const {
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

UnitPipeline::Load UnitPipeline::queries_of(const WorkUnit& unit) const {
  const AttentionLayer& layer = *unit.layer;
  const UnitFootprint bytes = footprint(unit, limits_.query_forwarding);
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

UnitPipeline::Load UnitPipeline::values_of(const WorkUnit& unit) const {
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

double UnitPipeline::load(const Load& load, double from) {
  if (load.port_bytes == 0) return from;
  const DataPath& path = limits_.path;
  const double packet = std::min(path.packet_bytes, load.stretch_bytes);
  double start = from;  // at one place, and not earlier at the next
  double end = from;
  const auto pass = [&start, &end](double& free, double cycles) {
    if (cycles == 0) return;
    start = std::max(free, start);
    free = start + cycles;
    end = std::max(end, free);
  };
  pass(memory_free_, std::max(load.dram_bytes / path.dram_bytes,
                              staging_cycles(path, path.input, load.dram_bytes, packet)));
  pass(ports_free_, load.port_bytes / narrowest(path, path.input));
  const double at_ports = start;
  for (std::size_t e : {kDenser, kSparser}) {
    start = at_ports;
    pass(decoders_free_[e], std::max(load.decode_macs[e] / path.decode_macs,
                                     load.written_bytes[e] / path.write_bytes));
  }
  return end + latency(path, path.input, packet) + path.decode_latency;
}

/// Rows leave as they are finished, in packets of one head, the last packet with the last row.
double UnitPipeline::store(const WorkUnit& unit, double from) {
  const DataPath& path = limits_.path;
  const double head_bytes = double(unit.num_rows) * unit.layer->value_features;
  const double bytes = head_bytes * unit.num_heads;
  const double packet = std::min(path.packet_bytes, head_bytes);
  const double cycles = std::max({bytes / path.dram_bytes, bytes / narrowest(path, path.output),
                                  staging_cycles(path, path.output, bytes, packet)});
  results_free_ = std::max(results_free_, from) + cycles;
  return std::max(results_free_, computed_) + latency(path, path.output, packet);
}

double UnitPipeline::sddmm_cycles(const WorkUnit& unit) const {
  const PhaseCosts& costs = limits_.phases;
  const UnitWorkload& work = unit.workload;
  const double denser = double(work.denser_columns()) * unit.num_rows;
  const double sparser = double(work.sparse_entries);
  const double merged = denser > 0 ? double(work.sparse_rows) : 0;
  return std::max({double(unit.split[0].predicted_cycles), denser / costs.scores_per_cycle[kDenser],
                   sparser / costs.scores_per_cycle[kSparser]}) +
         merged / costs.merge_rows_per_cycle + costs.overhead_cycles[0];
}

double UnitPipeline::spmm_cycles(const WorkUnit& unit) const {
  const PhaseCosts& costs = limits_.phases;
  const UnitWorkload& work = unit.workload;
  const double row = std::ceil(work.value_features / costs.features_per_cycle);
  return std::max(double(unit.split[1].predicted_cycles), unit.total_rows() * row) +
         costs.overhead_cycles[1];
}

void UnitPipeline::add(const WorkUnit& unit) {
  const UnitFootprint bytes = footprint(unit, limits_.query_forwarding);
  const bool keeps = !unit.frees_keys_values;
  const std::uint64_t resident_rows = std::uint64_t{unit.resident_keys} + unit.resident_queries;
  const std::uint64_t resident =
      resident_rows * unit.layer->compressed_heads * unit.layer->query_features;
  double at = 0;
  if (ends_.size() > limits_.prefetch_units) {
    at = ends_.front();
    ends_.pop_front();
  }
  at = index_.take(bytes.index, at);
  Load index;
  index.dram_bytes = index.port_bytes = index.stretch_bytes = double(bytes.index);
  index.written_bytes[kSparser] = double(bytes.index);
  double ready = load(index, at);
  const double for_keys = unit.loads_keys_values
                              ? input_.take(bytes.key + (unit.loads_resident ? resident : 0), at)
                              : at;
  at = input_.take(bytes.query(), for_keys);
  if (at == for_keys) {  // room for both: their packets alternate
    ready = std::max(ready, load(keys_of(unit) + queries_of(unit), at));
  } else {
    ready = std::max(ready, load(keys_of(unit), for_keys));
    ready = std::max(ready, load(queries_of(unit), at));
  }
  const double begin = output_.take(bytes.scores, std::max(computed_, ready));
  const double scored = begin + sddmm_cycles(unit);
  input_.give_back(bytes.query() + (keeps ? 0 : bytes.key), scored);
  double values_ready = 0;
  if (unit.loads_keys_values) {
    at = input_.take(bytes.value, at);
    values_ready = load(values_of(unit), at);
  }
  const double weighed = output_.take(bytes.output, std::max(scored, values_ready));
  computed_ = weighed + spmm_cycles(unit);
  output_.give_back(bytes.scores, computed_);
  stored_ = store(unit, weighed);
  output_.give_back(bytes.output, stored_);
  index_.give_back(bytes.index, computed_);
  const std::uint64_t freed = (keeps ? 0 : bytes.value) + (unit.frees_resident ? resident : 0);
  input_.give_back(freed, computed_);
  ends_.push_back(computed_);
}

}  // namespace vitcod
