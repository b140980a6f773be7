// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/prob_value_array/prob_value_array_config.hpp"
#include "hw_models/query_key_array/low_bits_config.hpp"
#include "hw_models/query_key_array/query_key_array_config.hpp"
#include "hw_models/softmax_unit/softmax_unit_config.hpp"
#include "hw_models/top_k_engine/cascade_pruning_config.hpp"
#include "hw_models/top_k_engine/top_k_config.hpp"

namespace vitcod {

/// SpAtten (HPCA 2021) in its encoder mode. The lines' multipliers are those of both arrays, half
/// of them each.
struct SpattenConfig : FrameConfig {
  QueryKeyArrayConfig query_key_array;
  SoftmaxUnitConfig softmax_unit;
  TopKConfig top_k_engine;
  ProbValueArrayConfig prob_value_array;
  CascadePruningConfig cascade_pruning;
  LowBitsConfig low_bits;

  std::uint64_t array_multipliers() const {
    return std::uint64_t{mac_lines.lines} / 2 * mac_lines.macs_per_line;
  }
};

void read(ConfigReader& reader, SpattenConfig& config);

}  // namespace vitcod
