// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/decoder/decoder_config.hpp"
#include "hw_models/denser_engine/denser_engine_config.hpp"
#include "hw_models/encoder/encoder_config.hpp"
#include "hw_models/normaliser/normaliser_config.hpp"
#include "hw_models/query_forwarding/query_forwarding_config.hpp"
#include "hw_models/query_window/query_window_config.hpp"
#include "hw_models/sparser_engine/sparser_engine_config.hpp"

namespace vitcod {

/// The ViTCoD machine: the frame, and what computes attention.
struct VitcodConfig : FrameConfig {
  /// No: a machine for attention without sparsity (DenseConfig), that has no second engine and no
  /// auto-encoder. `decoder` is then the way of rows into the engine, without multipliers.
  bool has_sparser_engine = true;
  EngineConfig denser_engine;
  SparserEngineConfig sparser_engine;
  QueryForwardingConfig query_forwarding;
  std::optional<QueryWindowConfig> query_window;  ///< none: all Q rows of a unit are held
  DecoderConfig decoder;
  EncoderConfig encoder;
  NormaliserConfig normaliser;

  bool has_window() const { return query_window.has_value(); }
};

void read(ConfigReader& reader, VitcodConfig& config);

/// Rules between blocks. Throws ConfigError.
void require_consistent(const ConfigReader& reader, const VitcodConfig& config);

}  // namespace vitcod
