// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "hw_models/compiler/dram_layout.hpp"
#include "hw_models/compiler/job_list.hpp"
#include "hw_models/compiler/packed_attention/packed_cut.hpp"
#include "hw_models/decoder/row_placement.hpp"

namespace vitcod {

/// What jobs of packed attention must know of the machine's wiring.
struct PackedUnits {
  UnitId predictor{};
  UnitId pack_unit{};
  UnitId array{};
  UnitId normaliser{};
  OutputMask row_output = 0;  ///< of the crossbar: to the buffers that Q, K and V are in
  PhaseId predict{};
  PhaseId attend{};
};

/// Appends the jobs of an attention block, tile by tile: one that predicts the mask, with K and Q,
/// and one that packs it and computes the rows, with V. Overlapped, the latter also predicts the
/// next tile's mask; with masks that are known there is no other.
class PackedJobs {
 public:
  PackedJobs(const AttentionLayer& layer, PredictionMode prediction, const PackedUnits& units,
             const DramLayout& layout, JobList& jobs)
      : layer_(layer), prediction_(prediction), units_(units), layout_(layout), jobs_(jobs) {}

  void add(const PackedCut& cut);

 private:
  /// Where a tile's operands, mask and results are.
  struct Held {
    RegionId query{}, key{}, value{}, mask{}, output{};
  };

  Held hold(const PackedTile& tile);
  Job& begin(bool begins_tile);
  void predict(const PackedTile& tile, const Held& held, Job& job);
  void load_queries_and_keys(const PackedTile& tile, const Held& held);
  void attend(const PackedTile& tile, const Held& held, Job& job);
  void order_rows(const PackedTile& tile, const Held& held, Job& job);
  Transfer load(const PackedTile& tile, RowPlacement::Operand operand, RegionId region) const;
  Transfer output(const PackedTile& tile) const;

  const AttentionLayer& layer_;
  const PredictionMode prediction_;
  const PackedUnits& units_;
  const DramLayout& layout_;
  JobList& jobs_;
};

}  // namespace vitcod
