// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "hw_models/compiler/attention/attention_layer.hpp"
#include "hw_models/compiler/compiler_config.hpp"
#include "hw_models/compiler/plan_limits.hpp"
#include "hw_models/engine/attention_tile.hpp"
#include "hw_models/mask_predictor/mask_predictor_cost.hpp"
#include "hw_models/normaliser/normaliser_cost.hpp"
#include "hw_models/pack_unit/pack_unit_config.hpp"
#include "hw_models/score_array/score_array_cost.hpp"

namespace vitcod {

/// What an array that packs masks offers to a plan.
struct PackedArray {
  PredictionMode prediction = PredictionMode::kSerial;
  PredictorCost predictor;
  PackUnitConfig pack_unit;
  ScoreArrayCost array;
  NormaliserCost normaliser;
};

/// Some heads of a layer with all their rows, or some rows of one head.
struct PackedTile {
  std::shared_ptr<const AttentionTile> tile;
  std::uint64_t query_bytes = 0;  ///< that it takes of the input pool, in whole banks
  std::uint64_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
  std::uint64_t mask_bytes = 0;    ///< of the index pool
  std::uint64_t output_bytes = 0;  ///< of the output pool, in whole banks

  std::uint64_t operand_bytes() const { return query_bytes + key_bytes + value_bytes; }
};

using PackedCut = std::vector<PackedTile>;

/// The ways to cut a layer: with one head a tile, with two, four and so on, and with all that fit;
/// or, where one head does not fit, with as few tiles of a head's rows as that takes. Throws
/// InputError that names what is too small for one row of a head.
std::vector<PackedCut> packed_cuts(const AttentionLayer& layer, const PackedArray& array,
                                   const PlanLimits& limits);

}  // namespace vitcod
