// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "hw_models/compiler/holding_rules.hpp"
#include "hw_models/program/program.hpp"

namespace vitcod {

/// Units behind the stream hub.
enum class HubUnit : std::uint8_t {
  kSelector,
  kGather,
  kLifting,
  kFilter,
  kPool,
  kMatcher,
  kMerger
};
inline constexpr std::size_t kNumHubUnits = 7;

/// What a program must know of the wiring of the machine that it is for.
struct Target {
  PoolId input_pool{};   ///< operands
  PoolId output_pool{};  ///< S and results
  PoolId index_pool{};
  PoolId weight_pool{};
  std::array<UnitId, 2> engines{};
  UnitId normaliser{};
  UnitId gemm_array{};
  UnitId gemm_drain{};
  std::array<OutputMask, 2> engine_outputs{};  ///< of the crossbar
  OutputMask results_output = 0;
  OutputMask encoder_output = 0;
  OutputMask gemm_input_output = 0;
  OutputMask gemm_weight_output = 0;
  OutputMask norm_output = 0;
  OutputMask hub_output = 0;
  std::array<std::uint8_t, kNumHubUnits> hub_ports{};  ///< by HubUnit, of those that are there
  std::uint8_t weight_buffer = 0;                      ///< of the DMA
  std::uint8_t input_buffer = 0;
  std::uint32_t packet_bytes = 1;
  std::uint32_t prefetch_tiles = 0;  ///< whose loads may go ahead of the tile that is computed
  HoldingRules holding;
  bool two_engines = true;
  bool mask_denser_block = true;
  PhaseId sddmm{}, merge{}, wait_values{}, spmm{}, encode{}, gemm{}, layer_norm{};
  PhaseId select{}, gather{}, lift{}, average_pool{}, linear_attention{};
};

}  // namespace vitcod
