// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "hw_models/average_pool/average_pool_config.hpp"
#include "hw_models/bill_of_materials/area_config.hpp"
#include "hw_models/bill_of_materials/clock_gating_config.hpp"
#include "hw_models/compiler/compiler_config.hpp"
#include "hw_models/crossbar/crossbar_config.hpp"
#include "hw_models/dma/dma_config.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/energy/energy_config.hpp"
#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/global_buffer/global_buffer_config.hpp"
#include "hw_models/index_filter/index_filter_config.hpp"
#include "hw_models/layer_norm/layer_norm_config.hpp"
#include "hw_models/lifting/lifting_config.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "hw_models/stream_hub/stream_hub_config.hpp"
#include "hw_models/token_gather/token_gather_config.hpp"
#include "hw_models/token_matcher/token_matcher_config.hpp"
#include "hw_models/token_merger/token_merger_config.hpp"
#include "hw_models/token_selector/token_selector_config.hpp"

namespace vitcod {

/// What a machine of lines has whatever its attention is: one section a block, under the block's
/// name.
struct FrameConfig {
  std::uint64_t clock_khz = 0;
  EnergyConfig energy;
  AreaConfig area;
  std::optional<BudgetConfig> budget;
  std::optional<ClockGatingConfig> clock_gating;
  MacLinesConfig mac_lines;
  CompilerConfig controller;
  GlobalBufferConfig weight_buffer;
  GlobalBufferConfig input_buffer;
  GlobalBufferConfig output_buffer;
  CrossbarConfig crossbar;
  DmaConfig dma;
  GemmEngineConfig gemm_engine;
  LayerNormConfig layer_norm;
  /// The units behind the hub are for workloads that need them: each may be absent, and the hub is
  /// there if one of them is.
  std::optional<StreamHubConfig> stream_hub;
  std::optional<TokenSelectorConfig> token_selector;
  std::optional<TokenGatherConfig> token_gather;
  std::optional<LiftingConfig> lifting;
  std::optional<IndexFilterConfig> index_filter;
  std::optional<AveragePoolConfig> average_pool;
  std::optional<TokenMatcherConfig> token_matcher;
  std::optional<TokenMergerConfig> token_merger;
  DramConfig dram;

  bool has_hub_unit() const {
    return token_selector || token_gather || lifting || index_filter || average_pool ||
           token_matcher || token_merger;
  }
};

// The parts of a machine file.
void read_clock_and_tables(ConfigReader& reader, FrameConfig& config);
void read_buffers(ConfigReader& reader, FrameConfig& config);
void read_linear_layers_and_dram(ConfigReader& reader, FrameConfig& config);
void read_hub_units(ConfigReader& reader, FrameConfig& config);

/// Rules between the blocks of the frame. Throws ConfigError.
void require_consistent_frame(const ConfigReader& reader, const FrameConfig& config);

}  // namespace vitcod
