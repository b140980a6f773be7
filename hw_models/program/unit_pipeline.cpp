// SPDX-License-Identifier: Apache-2.0
#include "hw_models/program/unit_pipeline.hpp"

#include <algorithm>
#include <cmath>

namespace vitcod {
namespace {

constexpr std::size_t kDenser = index_of(EngineId::kDenser);
constexpr std::size_t kSparser = index_of(EngineId::kSparser);

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
    load.dram_bytes = load.port_bytes = rows * features;
    return load;
  }
  const double row_bytes = layer.compressed_heads * features;
  load.port_bytes = layer.num_keys * row_bytes;
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
    load.dram_bytes = load.port_bytes = double(bytes.query());
    return load;
  }
  const double row_bytes = double(layer.compressed_heads) * layer.query_features;
  const double once = double(unit.total_rows()) * layer.query_features;
  const double passes = double(bytes.query()) > once ? 2 : 1;
  load.port_bytes = passes * unit.num_rows * row_bytes;
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
  load.dram_bytes = load.port_bytes = rows * features;
  load.written_bytes = {denser * features, (rows - denser) * features};
  return load;
}

double UnitPipeline::load(const Load& load, double from) {
  const LoadPath& path = limits_.path;
  double cycles = std::max({load.dram_bytes / path.dram_bytes, load.port_bytes / path.port_bytes,
                            std::ceil(load.dram_bytes / path.packet_bytes) * path.packet_cycles});
  for (std::size_t e : {kDenser, kSparser}) {
    cycles = std::max(
        {cycles, load.decode_macs[e] / path.decode_macs, load.written_bytes[e] / path.write_bytes});
  }
  if (cycles == 0) return from;
  loaded_ = std::max(loaded_, from) + cycles;
  return loaded_ + path.latency_cycles;
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
  index.dram_bytes = index.port_bytes = index.written_bytes[kSparser] = double(bytes.index);
  double ready = load(index, at);
  if (unit.loads_keys_values) {
    at = input_.take(bytes.key + (unit.loads_resident ? resident : 0), at);
    ready = load(keys_of(unit), at);
  }
  at = input_.take(bytes.query(), at);
  ready = std::max(ready, load(queries_of(unit), at));
  const double scored = std::max(computed_, ready) + double(unit.split[0].predicted_cycles) +
                        limits_.phase_overhead_cycles;
  input_.give_back(bytes.query() + (keeps ? 0 : bytes.key), scored);
  double values_ready = 0;
  if (unit.loads_keys_values) {
    at = input_.take(bytes.value, at);
    values_ready = load(values_of(unit), at);
  }
  computed_ = std::max(scored, values_ready) + double(unit.split[1].predicted_cycles) +
              limits_.phase_overhead_cycles;
  index_.give_back(bytes.index, computed_);
  const std::uint64_t freed = (keeps ? 0 : bytes.value) + (unit.frees_resident ? resident : 0);
  input_.give_back(freed, computed_);
  ends_.push_back(computed_);
}

}  // namespace vitcod
