// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/sanger_config.hpp"

namespace vitcod {
namespace {

struct SangerControllerConfig {
  std::uint32_t prefetch_units = 0;
  PredictionMode prediction = PredictionMode::kSerial;
};

void read(ConfigReader& reader, SangerControllerConfig& config) {
  read_prefetch_units(reader, config.prefetch_units);
  read_prediction(reader, config.prediction);
  reader.finish();
}

void require_consistent(const ConfigReader& reader, const SangerConfig& config) {
  require_consistent_frame(reader, config);
  reader.require(std::uint64_t{config.mac_lines.lines} * config.mac_lines.macs_per_line ==
                     std::uint64_t{config.score_array.rows} * config.score_array.columns,
                 "score_array",
                 "it must have as many PEs as mac_lines has multipliers: they are the same");
}

}  // namespace

void read(ConfigReader& reader, SangerConfig& config) {
  SangerControllerConfig controller;
  read_clock_and_tables(reader, config);
  reader.required_object("mac_lines", config.mac_lines, "The PEs as lines, for linear layers");
  reader.required_object("controller", controller, "Features that can be switched off");
  config.controller.prefetch_units = controller.prefetch_units;
  config.prediction = controller.prediction;
  read_buffers(reader, config);
  reader.required_object("row_writer", config.row_writer, "Rows on their way into the buffers");
  reader.required_object("mask_predictor", config.mask_predictor, "Prediction of masks in 4 bits");
  reader.required_object("pack_unit", config.pack_unit, "Masks packed into passes of the array");
  reader.required_object("score_array", config.score_array, "Attention of kept entries");
  reader.required_object("normaliser", config.normaliser, "Where rows are normalised");
  read_linear_layers_and_dram(reader, config);
  read_hub_units(reader, config);
  reader.finish();
  if (!reader.is_describing()) require_consistent(reader, config);
}

}  // namespace vitcod
