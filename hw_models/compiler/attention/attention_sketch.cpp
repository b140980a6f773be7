// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/attention/attention_sketch.hpp"

#include <algorithm>
#include <cmath>

#include "hw_models/compiler/attention/engine_indices.hpp"
#include "hw_models/compiler/attention/unit_footprint.hpp"
#include "hw_models/index_filter/source_index.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {
namespace {

/// Rows that the engines' buffers keep: `written_bytes` by engine.
void decode(LoadWork& load, const std::array<double, 2>& written_bytes, double compressed_heads,
            const DataPath& path) {
  for (std::size_t e : {kDenser, kSparser}) {
    load.receiver_cycles[e] = path.decoder.cycles(written_bytes[e], compressed_heads);
  }
  load.receiver_latency = path.decoder.latency_cycles;
}

/// Bytes that each engine writes to its buffers: so many rows of `features`.
std::array<double, 2> bytes_of(const std::array<std::uint64_t, 2>& rows, double features) {
  return {double(rows[kDenser]) * features, double(rows[kSparser]) * features};
}

double sum_of(const std::array<double, 2>& bytes) { return bytes[kDenser] + bytes[kSparser]; }

LoadWork keys_of(const WorkUnit& unit, const HeldRows& rows, const DataPath& path) {
  const AttentionLayer& layer = *unit.layer;
  const auto written = bytes_of(rows.key, layer.query_features);
  LoadWork load;
  decode(load, written, layer.compressed_heads, path);
  if (layer.compressed_heads == 0) {
    load.dram_bytes = load.port_bytes = load.stretch_bytes = sum_of(written);
    return load;
  }
  const double row_bytes = double(layer.compressed_heads) * layer.query_features;
  load.port_bytes = load.stretch_bytes = layer.num_keys * row_bytes;
  load.dram_bytes = load.port_bytes - (unit.is_first_load ? 0 : unit.resident_keys * row_bytes);
  return load;
}

/// Rows of Q that come, by engine: all that are held, or those that pass by in a window.
std::array<std::uint64_t, 2> loaded_queries(const WorkUnit& unit, const HeldRows& rows) {
  std::array<std::uint64_t, 2> loaded = rows.query;
  if (unit.query_window > 0) loaded[kDenser] = loaded[kDenser] / unit.query_window * unit.num_rows;
  return loaded;
}

LoadWork queries_of(const WorkUnit& unit, const HeldRows& rows, const DataPath& path) {
  const AttentionLayer& layer = *unit.layer;
  const auto written = bytes_of(loaded_queries(unit, rows), layer.query_features);
  LoadWork load;
  decode(load, written, layer.compressed_heads, path);
  if (layer.compressed_heads == 0) {
    load.dram_bytes = load.port_bytes = load.stretch_bytes = sum_of(written);
    if (unit.num_rows != layer.num_queries) {
      load.stretch_bytes = double(unit.num_rows) * layer.query_features;
    }
    return load;
  }
  const double row_bytes = double(layer.compressed_heads) * layer.query_features;
  const double once = double(unit.total_rows()) * layer.query_features;
  const double passes = sum_of(written) > once ? 2 : 1;
  load.port_bytes = passes * unit.num_rows * row_bytes;
  load.stretch_bytes = unit.num_rows * row_bytes;
  load.dram_bytes =
      load.port_bytes - (unit.is_first_load ? 0 : passes * unit.resident_queries * row_bytes);
  return load;
}

/// So much of a load.
LoadWork part_of(const LoadWork& load, double share) {
  LoadWork part = load;
  part.dram_bytes *= share;
  part.port_bytes *= share;
  part.stretch_bytes = std::min(load.stretch_bytes, part.port_bytes);
  for (double& cycles : part.receiver_cycles) cycles *= share;
  return part;
}

LoadWork values_of(const WorkUnit& unit, const HeldRows& rows, const DataPath& path) {
  const auto written = bytes_of(rows.key, unit.layer->value_features);
  LoadWork load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = sum_of(written);
  decode(load, written, 0, path);
  return load;
}

/// The index of all tokens, that the filter makes an index of kept tokens of.
LoadWork filtered_indices_of(const WorkUnit& unit, const PlanLimits& limits) {
  AttentionTile source;
  source.map = unit.layer->restricted->source;
  source.first_head = unit.first_head;
  source.num_heads = unit.num_heads;
  source.num_rows = source.map->num_queries;
  source.polarized = unit.polarized;
  source.mask_denser_block = limits.holding.mask_denser_block;
  const std::uint64_t bytes = source_index_bytes(source);
  const double elements = double(bytes) / index_bytes(source.map->num_queries);
  LoadWork load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = double(bytes);
  load.receiver_cycles[kHubReceiver] = limits.filter->least_index_cycles(elements, double(bytes));
  load.receiver_latency = double(limits.filter->latency);
  return load;
}

LoadWork indices_of(const WorkUnit& unit, const UnitFootprint& bytes, const PlanLimits& limits) {
  if (bytes.index > 0 && unit.layer->restricted) return filtered_indices_of(unit, limits);
  const DataPath& path = limits.path;
  LoadWork load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = double(bytes.index);
  decode(load, {0, double(bytes.index)}, 0, path);
  return load;
}

/// Words of S in which the denser engine writes, or reads, the scores of a unit.
double denser_words(const WorkUnit& unit, const HoldingRules& rules) {
  const std::uint32_t scores_a_word = items_a_word(rules.score_word_bytes[kDenser], kScoreBytes);
  std::uint64_t words = 0;
  for (const UnitWorkload::DenserHead& head : unit.workload.denser_heads) {
    words += std::uint64_t{unit.num_rows} * ceil_div(head.columns, scores_a_word);
  }
  return double(words);
}

/// What the Q rows that the denser engine asks for take: each stripe one in each step, for all of
/// its lines.
double denser_query_cycles(const WorkUnit& unit, const LocalBufferCost& buffer, double banks) {
  double cycles = 0;
  for (const HeadShare& share : unit.split[0].shares) {
    const double rows = double(ceil_div(unit.num_denser(share.head), share.lines)) * share.num_rows;
    cycles += buffer.cycles(rows, unit.workload.query_features, banks,
                            {double(unit.split[0].denser_lines), double(share.lines)});
  }
  return cycles;
}

/// What Q, K and S let the denser engine do: each stripe asks for all K rows of its head once.
double denser_sddmm_supply(const WorkUnit& unit, const OperandBanks& banks,
                           const EngineCost& engine, const HoldingRules& rules) {
  const double row_bytes = unit.workload.query_features;
  double key_rows = 0;
  for (const HeadShare& share : unit.split[0].shares) key_rows += unit.num_denser(share.head);
  const RowReaders readers{double(unit.split[0].denser_lines)};
  return std::max({denser_query_cycles(unit, engine.queries_values, banks.query),
                   engine.keys.cycles(key_rows, row_bytes, banks.key, readers),
                   engine.scores.write_cycles(denser_words(unit, rules), banks.scores)});
}

/// Likewise the sparser engine: an entry takes a Q row, forwarded in heads that the denser engine
/// has a part of, out of the banks that this one reads too, and a place in S; a column segment
/// takes a K row.
double sparser_sddmm_supply(const WorkUnit& unit, const std::array<OperandBanks, 2>& banks,
                            const PhaseCosts& costs, bool forwards) {
  const UnitWorkload& work = unit.workload;
  const EngineCost& engine = costs.engines[kSparser];
  const double row_bytes = work.query_features;
  const auto entries = double(work.sparse_entries);
  const double forwarded = forwards ? double(work.shared_entries) : 0;
  const RowReaders readers{double(unit.split[0].sparser_lines)};
  return std::max(
      {engine.queries_values.cycles(entries - forwarded, row_bytes, banks[kSparser].query, readers),
       costs.forwarding.cycles(forwarded, row_bytes, banks[kDenser].query, readers),
       engine.keys.cycles(double(work.sparse_segments), row_bytes, banks[kSparser].key, readers),
       engine.scores.write_cycles(entries, banks[kSparser].scores)});
}

/// A load's cycles at its slowest place.
double slowest_of(const Passage& passage) {
  double cycles = std::max(passage.memory_cycles, passage.port_cycles);
  for (const double receiver : passage.receiver_cycles) cycles = std::max(cycles, receiver);
  return cycles;
}

/// What the rows take that the window misses. Lines are anywhere in the tile, so that as many
/// look-ups find their row as the window has of all rows; any other row is read from DRAM by
/// itself, decoded, and keeps one of the fetches busy until it comes, and its line from the look-up
/// on. Rows of Q that are read all the time are open in DRAM.
double missed_query_cycles(const WorkUnit& unit, const PlanLimits& limits) {
  if (unit.query_window == 0) return 0;
  const AttentionLayer& layer = *unit.layer;
  const DataPath& path = limits.path;
  const double missed =
      double(unit.workload.shared_entries) * (1 - double(unit.query_window) / unit.num_rows);
  const double row_bytes = layer.query_features;
  const double bytes = std::max(1U, layer.compressed_heads) * row_bytes;
  const double decoding = std::max(1.0, path.decoder.cycles(row_bytes, layer.compressed_heads));
  const double fetch_cycles = path.dram.read_cycles / 2 + path.dma.link_cycles;
  constexpr double kHandOvers = 6;  // look-up, links to the DMA, the decoder and the line
  const double line_cycles = fetch_cycles + decoding + path.decoder.latency_cycles + kHandOvers;
  return missed *
         std::max({bytes / path.dram.bytes_per_cycle, decoding, fetch_cycles / unit.query_fetches,
                   line_cycles / std::max(1U, unit.split[0].sparser_lines)});
}

double cycles_of_sddmm(const WorkUnit& unit, const std::array<OperandBanks, 2>& banks,
                       const PlanLimits& limits) {
  const PhaseCosts& costs = limits.phases;
  const UnitWorkload& work = unit.workload;
  const double denser = double(work.denser_columns()) * unit.num_rows;
  const double sparser = double(work.sparse_entries);
  const bool merges = denser > 0 && !unit.layer->sigmoid_bias;
  const double merged = merges && unit.is_last_key_tile() ? double(work.sparse_rows) : 0;
  const EngineCost& engine = costs.engines[kSparser];
  const double supply =
      std::max(denser_sddmm_supply(unit, banks[kDenser], costs.engines[kDenser], limits.holding),
               sparser_sddmm_supply(unit, banks, costs,
                                    limits.two_engines && limits.holding.query_forwarding));
  // Each line that has work begins with a K row of its own.
  const double first_keys = engine.keys.cycles(std::min(costs.look_ups.lines, sparser),
                                               work.query_features, banks[kSparser].key);
  return std::max({double(unit.split[0].predicted_cycles),
                   costs.engines[kDenser].score_cycles(denser), engine.score_cycles(sparser),
                   supply, missed_query_cycles(unit, limits)}) +
         std::max(costs.look_ups.cycles(sparser), first_keys) +
         costs.normaliser.merge_cycles(merged) + (engine.phase_cycles + engine.score_latency);
}

/// V rows that the denser engine reads: those of a head's columns for each block of rows.
double denser_value_rows(const WorkUnit& unit) {
  const std::uint32_t groups = std::max(1U, unit.split[1].denser_groups.num_groups);
  return double(unit.workload.denser_columns()) * ceil_div(unit.num_rows, groups);
}

/// What the normaliser takes for the rows of a unit: with the first and the last key tile it goes
/// through all of them, with those between through the rows that have entries there.
double cycles_of_rows(const WorkUnit& unit, const NormaliserCost& cost) {
  const UnitWorkload& work = unit.workload;
  const bool resumes = unit.key_tile > 0;
  const bool carries = !unit.is_last_key_tile();
  std::uint64_t rows = unit.total_rows();
  if (resumes && carries) {
    rows =
        std::min<std::uint64_t>(rows, work.sparse_rows + unit.num_rows * work.denser_heads.size());
  }
  const double passages = (resumes ? 1 : 0) + (carries ? 1 : 0);
  return cost.normalise_cycles(double(rows), work.value_features) +
         cost.carry_cycles(passages * double(rows), work.value_features);
}

double cycles_of_spmm(const WorkUnit& unit, const std::array<OperandBanks, 2>& banks,
                      const PlanLimits& limits) {
  const PhaseCosts& costs = limits.phases;
  const UnitWorkload& work = unit.workload;
  const double leaving = cycles_of_rows(unit, costs.normaliser);
  const EngineCost& denser = costs.engines[kDenser];
  const EngineCost& sparser = costs.engines[kSparser];
  const LineSplit& split = unit.split[1];
  const double denser_lines = split.denser_lines;
  const RowReaders all_rows{denser_lines, denser_lines};
  const RowReaders denser_groups{denser_lines, double(split.denser_groups.lines_per_group)};
  const RowReaders groups{double(split.sparser_lines),
                          double(split.sparser_groups.lines_per_group)};
  const double supply = std::max(
      {denser.queries_values.cycles(denser_value_rows(unit), work.value_features,
                                    banks[kDenser].value, all_rows),
       sparser.queries_values.cycles(double(work.sparse_entries), work.value_features,
                                     banks[kSparser].value, groups),
       sparser.scores.read_cycles(double(work.sparse_words), banks[kSparser].scores, groups),
       denser.scores.read_cycles(denser_words(unit, limits.holding), banks[kDenser].scores,
                                 denser_groups)});
  return std::max({double(unit.split[1].predicted_cycles), leaving, supply}) + sparser.phase_cycles;
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
  job.begins_tile = unit.key_tile == 0;
  job.reads = {unit.layer->query, unit.layer->key, unit.layer->value};
  if (unit.layer->restricted) job.reads.push_back(unit.layer->restricted->origins);
  job.loads.push_back(
      load_of(limits.index_pool, bytes.index, indices_of(unit, bytes, limits), path));
  const HeldRows rows = held_rows(unit, limits.holding.query_forwarding);
  LoadWork queries = queries_of(unit, rows, path);
  const double passing = unit.query_window > 0 ? slowest_of(passage_of(queries, path)) : 0;
  if (unit.query_window > 0) {
    queries = part_of(queries, double(unit.query_window) / unit.num_rows);
  }
  if (unit.loads_keys_values) {
    const std::uint64_t resident = unit.is_first_load ? resident_bytes(unit, limits.holding) : 0;
    const LoadWork keys = keys_of(unit, rows, path);
    job.loads.push_back(load_of(limits.input_pool, bytes.key + resident, keys, path));
    if (unit.query_window == 0) job.loads.back().with_next = passage_of(keys + queries, path);
  }
  job.loads.push_back(load_of(limits.input_pool, bytes.query, queries, path));
  job.claim = Claim{limits.output_pool, unit.key_tile == 0 ? bytes.scores : 0};
  job.cycles = std::max(cycles_of_sddmm(unit, bytes.banks, limits), passing);
  const std::uint64_t freed = bytes.query + (unit.frees_keys_values ? bytes.key : 0);
  job.frees = {Claim{limits.input_pool, freed}};
  if (unit.block != nullptr) job.frees.push_back(Claim{limits.index_pool, bytes.index});
  return job;
}

/// The starts of the rows, that come again for the SpMM of a key tile.
LoadSketch row_starts_of(const UnitFootprint& bytes, const PlanLimits& limits) {
  LoadWork load;
  load.dram_bytes = load.port_bytes = load.stretch_bytes = double(bytes.row_starts);
  decode(load, {0, double(bytes.row_starts)}, 0, limits.path);
  return load_of(limits.index_pool, bytes.row_starts, load, limits.path);
}

JobSketch spmm_of(const WorkUnit& unit, const UnitFootprint& bytes, const PlanLimits& limits) {
  const bool is_cut = unit.block != nullptr;
  JobSketch job;
  job.ends_tile = unit.is_last_key_tile();
  if (is_cut) job.loads.push_back(row_starts_of(bytes, limits));
  if (unit.loads_keys_values) {
    const HeldRows rows = held_rows(unit, limits.holding.query_forwarding);
    job.loads.push_back(
        load_of(limits.input_pool, bytes.value, values_of(unit, rows, limits.path), limits.path));
  }
  std::uint64_t claimed = is_cut && unit.key_tile == 0 ? bytes.carried : 0;
  if (job.ends_tile) claimed += bytes.output;
  job.claim = Claim{limits.output_pool, claimed};
  job.cycles = cycles_of_spmm(unit, bytes.banks, limits);
  const std::uint64_t freed = (unit.frees_keys_values ? bytes.value : 0) +
                              (unit.is_last_load ? resident_bytes(unit, limits.holding) : 0);
  job.frees = {Claim{limits.output_pool, job.ends_tile ? bytes.scores + bytes.carried : 0},
               Claim{limits.index_pool, is_cut ? bytes.row_starts : bytes.index},
               Claim{limits.input_pool, freed}};
  if (!job.ends_tile) return job;
  const double head_bytes = double(unit.num_rows) * unit.layer->value_features;
  job.store = store_of(head_bytes * unit.num_heads, head_bytes, limits.path);
  job.store->stored = Claim{limits.output_pool, bytes.output};
  return job;
}

}  // namespace

void append_sketch(std::span<const WorkUnit> units, const PlanLimits& limits,
                   std::vector<JobSketch>& jobs) {
  for (const WorkUnit& unit : units) {
    jobs.push_back(sddmm_of(unit, footprint(unit, limits.holding), limits));
  }
  for (const WorkUnit& unit : units) {
    jobs.push_back(spmm_of(unit, footprint(unit, limits.holding), limits));
  }
}

}  // namespace vitcod
