// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hw_models/accelerators/frame_config.hpp"
#include "hw_models/compiler/packed_attention/packed_cut.hpp"
#include "hw_models/mask_predictor/mask_predictor_config.hpp"
#include "hw_models/normaliser/normaliser_config.hpp"
#include "hw_models/pack_unit/pack_unit_config.hpp"
#include "hw_models/row_writer/row_writer_config.hpp"
#include "hw_models/score_array/score_array_config.hpp"

namespace vitcod {

/// Sanger (MICRO 2021): masks predicted in the run, packed for a score-stationary array, whose PEs
/// are also the lines of linear layers.
struct SangerConfig : FrameConfig {
  PredictionMode prediction = PredictionMode::kSerial;
  RowWriterConfig row_writer;
  MaskPredictorConfig mask_predictor;
  PackUnitConfig pack_unit;
  ScoreArrayConfig score_array;
  NormaliserConfig normaliser;
};

void read(ConfigReader& reader, SangerConfig& config);

}  // namespace vitcod
