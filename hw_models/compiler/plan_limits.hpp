// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "hw_models/average_pool/average_pool_cost.hpp"
#include "hw_models/compiler/data_path.hpp"
#include "hw_models/compiler/holding_rules.hpp"
#include "hw_models/engine/engine_cost.hpp"
#include "hw_models/gemm_engine/gemm_engine_cost.hpp"
#include "hw_models/index_filter/index_filter_cost.hpp"
#include "hw_models/layer_norm/layer_norm_cost.hpp"
#include "hw_models/lifting/lifting_cost.hpp"
#include "hw_models/normaliser/normaliser_cost.hpp"
#include "hw_models/sparser_engine/sparser_engine_cost.hpp"
#include "hw_models/token_gather/token_gather_cost.hpp"
#include "hw_models/token_matcher/token_matcher_cost.hpp"
#include "hw_models/token_merger/token_merger_cost.hpp"
#include "hw_models/token_selector/token_selector_cost.hpp"

namespace vitcod {

/// What the phases of an attention unit take besides the passes of the lines.
struct PhaseCosts {
  std::array<EngineCost, 2> engines;
  LookUpCost look_ups;
  LocalBufferCost forwarding;  ///< Q rows from the denser engine's banks to the sparser engine
  NormaliserCost normaliser;
};

/// What the machine offers to a plan.
struct PlanLimits {
  std::uint64_t input_bytes = 0;   ///< for Q, K, V and resident compressed rows
  std::uint64_t output_bytes = 0;  ///< for S and finished output rows
  std::uint64_t index_bytes = 0;   ///< for CSC indices
  std::uint64_t weight_bytes = 0;  ///< for weights of linear layers
  PoolId input_pool{0};            ///< that these bytes are in
  PoolId output_pool{1};
  PoolId index_pool{2};
  PoolId weight_pool{3};
  PoolId accumulator_pool{4};  ///< blocks, not bytes; no pool of the controller
  DataPath path;
  PhaseCosts phases;
  GemmCost gemm;
  LayerNormCost norm;
  std::optional<TokenSelectorCost> selector;  ///< none: the machine has no such unit
  std::optional<TokenGatherCost> gather;
  std::optional<LiftingCost> lifting;
  std::optional<IndexFilterCost> filter;
  std::optional<AveragePoolCost> pool;
  std::optional<TokenMatcherCost> matcher;
  std::optional<TokenMergerCost> merger;
  std::uint32_t max_segment_rows = 0;  ///< of the sparser engine's column segments; 0: no bound
  std::uint32_t prefetch_units = 0;
  bool two_engines = true;
  HoldingRules holding;

  /// Of a machine that has done nothing yet.
  Schedule empty_schedule() const {
    std::vector<std::uint64_t> capacities(5);
    capacities.at(index_of(input_pool)) = input_bytes;
    capacities.at(index_of(output_pool)) = output_bytes;
    capacities.at(index_of(index_pool)) = index_bytes;
    capacities.at(index_of(weight_pool)) = weight_bytes;
    capacities.at(index_of(accumulator_pool)) = gemm.accumulator_files;
    return {capacities, prefetch_units};
  }
};

}  // namespace vitcod
