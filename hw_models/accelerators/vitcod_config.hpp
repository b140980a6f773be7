// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "hw_models/bill_of_materials/area_config.hpp"
#include "hw_models/compiler/compiler_config.hpp"
#include "hw_models/crossbar/crossbar_config.hpp"
#include "hw_models/decoder/decoder_config.hpp"
#include "hw_models/denser_engine/denser_engine_config.hpp"
#include "hw_models/dma/dma_config.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/encoder/encoder_config.hpp"
#include "hw_models/energy/energy_config.hpp"
#include "hw_models/gemm_engine/gemm_engine_config.hpp"
#include "hw_models/global_buffer/global_buffer_config.hpp"
#include "hw_models/layer_norm/layer_norm_config.hpp"
#include "hw_models/mac_lines/mac_lines_config.hpp"
#include "hw_models/normaliser/normaliser_config.hpp"
#include "hw_models/query_forwarding/query_forwarding_config.hpp"
#include "hw_models/sparser_engine/sparser_engine_config.hpp"

namespace vitcod {

/// The ViTCoD machine: one section a block, under the block's name.
struct VitcodConfig {
  /// No: a machine for attention without sparsity (DenseConfig), that has no second engine and no
  /// auto-encoder. `decoder` is then the way of rows into the engine, without multipliers.
  bool has_sparser_engine = true;
  std::uint64_t clock_khz = 0;
  EnergyConfig energy;
  AreaConfig area;
  std::optional<BudgetConfig> budget;
  MacLinesConfig mac_lines;
  CompilerConfig controller;
  GlobalBufferConfig weight_buffer;
  GlobalBufferConfig input_buffer;
  GlobalBufferConfig output_buffer;
  CrossbarConfig crossbar;
  DmaConfig dma;
  EngineConfig denser_engine;
  SparserEngineConfig sparser_engine;
  QueryForwardingConfig query_forwarding;
  DecoderConfig decoder;
  EncoderConfig encoder;
  NormaliserConfig normaliser;
  GemmEngineConfig gemm_engine;
  LayerNormConfig layer_norm;
  DramConfig dram;
};

void read(ConfigReader& reader, VitcodConfig& config);

// The parts of a machine file that a machine of lines has whatever its attention is.
void read_clock_and_tables(ConfigReader& reader, VitcodConfig& config);
void read_buffers(ConfigReader& reader, VitcodConfig& config);
void read_linear_layers_and_dram(ConfigReader& reader, VitcodConfig& config);

/// Rules between blocks. Throws ConfigError.
void require_consistent(const ConfigReader& reader, const VitcodConfig& config);

}  // namespace vitcod
