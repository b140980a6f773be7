// SPDX-License-Identifier: Apache-2.0
#include "hw_models/compiler/packed_attention/packed_sketch.hpp"

#include <algorithm>

#include "hw_models/pack_unit/packed_pass.hpp"

namespace vitcod {
namespace {

constexpr std::size_t kRowWriter = 0;  ///< of the receivers
/// The order's way to the unit, and the answer's.
constexpr double kOrderCycles = 2;

/// Makes the sketches of one layer's jobs.
class Sketcher {
 public:
  Sketcher(const AttentionLayer& layer, const PackedArray& array, const PlanLimits& limits)
      : layer_(layer), array_(array), limits_(limits) {}

  Candidate cut(const PackedCut& cut) const {
    Candidate candidate;
    const bool overlaps = array_.prediction == PredictionMode::kOverlapped;
    for (std::size_t i = 0; i < cut.size(); ++i) {
      const PackedTile& tile = cut[i];
      const bool is_predicted_here =
          array_.prediction == PredictionMode::kSerial || (overlaps && i == 0);
      if (is_predicted_here) candidate.jobs.push_back(prediction(tile));
      JobSketch attend = attention(tile);
      if (array_.prediction == PredictionMode::kOff) add_queries_and_keys(tile, attend);
      if (overlaps && i + 1 < cut.size()) {
        add_queries_and_keys(cut[i + 1], attend);
        attend.cycles = std::max(attend.cycles, predicted_cycles(cut[i + 1]));
      }
      attend.begins_tile = !is_predicted_here;
      candidate.jobs.push_back(std::move(attend));
      candidate.traffic += traffic_of(tile);
    }
    return candidate;
  }

 private:
  LoadSketch load(std::uint64_t rows, std::uint64_t features, std::uint64_t held) const {
    const double bytes = double(rows) * double(features);
    LoadWork work;
    work.dram_bytes = work.port_bytes = work.stretch_bytes = bytes;
    work.receiver_cycles[kRowWriter] = limits_.path.decoder.cycles(bytes, 0);
    work.receiver_latency = limits_.path.decoder.latency_cycles;
    LoadSketch load;
    load.claim = Claim{limits_.input_pool, held};
    load.passage = passage_of(work, limits_.path);
    return load;
  }

  std::uint64_t num_keys(const PackedTile& tile) const {
    return std::uint64_t{tile.tile->num_heads} * layer_.num_keys;
  }

  void add_queries_and_keys(const PackedTile& tile, JobSketch& job) const {
    job.loads.push_back(load(num_keys(tile), layer_.query_features, tile.key_bytes));
    job.loads.push_back(load(tile.tile->total_rows(), layer_.query_features, tile.query_bytes));
    job.reads = {layer_.query, layer_.key, layer_.value};
  }

  double predicted_cycles(const PackedTile& tile) const {
    const PredictionSize size{tile.tile->num_heads, tile.tile->num_rows, layer_.num_keys,
                              layer_.query_features, array_.array.config.segment_keys};
    return double(array_.predictor.cycles(size)) + kOrderCycles;
  }

  JobSketch prediction(const PackedTile& tile) const {
    JobSketch job;
    job.begins_tile = true;
    add_queries_and_keys(tile, job);
    job.cycles = predicted_cycles(tile);
    return job;
  }

  /// From the order to the last row: passes as they are packed, one after the other.
  double array_cycles(const AttentionTile& tile) const {
    const ScoreArrayCost& cost = array_.array;
    const SegmentedMask mask(tile, cost.config.segment_keys);
    const PassSize size{layer_.query_features, layer_.value_features, layer_.num_keys};
    std::uint64_t packed = 0, worked = cost.segment_cycles(layer_.num_keys, size.query_features);
    std::uint64_t summed = 0;
    for (const PackingStep& step :
         pack(mask, cost.config.shape(), array_.pack_unit.segments_per_cycle)) {
      packed += step.cycles;
      worked = std::max(worked, packed + array_.pack_unit.latency_cycles);
      const std::uint32_t sub_rows = step.pass.num_sub_rows();
      worked += sub_rows > 0 ? cost.pass(sub_rows, size).total() : 1;
      if (sub_rows > 0) summed = worked + cost.tail(sub_rows, size.query_features);
    }
    std::uint64_t rows = 0;
    for (std::uint32_t row = 0; row < tile.total_rows(); ++row) {
      rows += tile.has_sparse_entries(TileRow{row}) ? 1 : 0;
    }
    return double(std::max(worked, summed) + cost.drain_cycles(rows, size.value_features));
  }

  JobSketch attention(const PackedTile& tile) const {
    JobSketch job;
    job.ends_tile = true;
    job.loads.push_back(load(num_keys(tile), layer_.value_features, tile.value_bytes));
    job.claim = Claim{limits_.output_pool, tile.output_bytes};
    const double leaving =
        array_.normaliser.normalise_cycles(tile.tile->total_rows(), layer_.value_features);
    job.cycles = std::max(array_cycles(*tile.tile), leaving) + kOrderCycles;
    job.frees = {Claim{limits_.input_pool, tile.operand_bytes()}};
    const double head_bytes = double(tile.tile->num_rows) * layer_.value_features;
    job.store = store_of(head_bytes * tile.tile->num_heads, head_bytes, limits_.path);
    job.store->stored = *job.claim;
    job.writes = {layer_.output};
    return job;
  }

  std::uint64_t traffic_of(const PackedTile& tile) const {
    return (tile.tile->total_rows() + num_keys(tile)) * layer_.query_features +
           num_keys(tile) * layer_.value_features;
  }

  const AttentionLayer& layer_;
  const PackedArray& array_;
  const PlanLimits& limits_;
};

}  // namespace

Candidate sketch_packed(const AttentionLayer& layer, const PackedCut& cut, const PackedArray& array,
                        const PlanLimits& limits) {
  return Sketcher(layer, array, limits).cut(cut);
}

}  // namespace vitcod
