// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/local_buffer/local_buffer_config.hpp"
#include "hw_models/score_buffer/score_buffer_config.hpp"
#include "hw_models/score_unit/score_unit_config.hpp"
#include "sim/base/config_reader.hpp"

namespace vitcod {

/// Buffers and score unit of an attention engine; the MAC lines are shared.
struct EngineConfig {
  LocalBufferConfig qv_buffer;
  LocalBufferConfig ks_buffer;
  ScoreBufferConfig score_buffer;
  ScoreUnitConfig score_unit;
};

inline void read(ConfigReader& reader, EngineConfig& config) {
  reader.required_object("qv_buffer", config.qv_buffer, "Q rows in the SDDMM, V rows in the SpMM");
  reader.required_object("ks_buffer", config.ks_buffer, "K rows");
  reader.required_object("score_buffer", config.score_buffer, "S, beside the K rows");
  reader.required_object("score_unit", config.score_unit, "Scale, exp and row maximum");
  reader.finish();
}

}  // namespace vitcod
