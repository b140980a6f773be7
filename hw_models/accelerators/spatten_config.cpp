// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/spatten_config.hpp"

namespace vitcod {
namespace {

struct SpattenControllerConfig {
  std::uint32_t prefetch_units = 0;
};

void read(ConfigReader& reader, SpattenControllerConfig& config) {
  read_prefetch_units(reader, config.prefetch_units);
  reader.finish();
}

}  // namespace

void read(ConfigReader& reader, SpattenConfig& config) {
  SpattenControllerConfig controller;
  read_clock_and_tables(reader, config);
  reader.required_object("mac_lines", config.mac_lines, "The lines that both arrays are of");
  reader.required_object("controller", controller, "Features that can be switched off");
  config.controller.prefetch_units = controller.prefetch_units;
  read_buffers(reader, config);
  reader.required_object("query_key_array", config.query_key_array, "Q x K");
  reader.required_object("softmax_unit", config.softmax_unit, "Softmax of whole rows");
  reader.required_object("top_k_engine", config.top_k_engine,
                         "Quick-select, of rows of V and of tokens and heads");
  reader.required_object("prob_value_array", config.prob_value_array, "P x V");
  reader.required_object("cascade_pruning", config.cascade_pruning,
                         "How many tokens, heads and rows of V are kept");
  reader.required_object("low_bits", config.low_bits,
                         "Bits of Q, K and V below the eight, and the rows that need them");
  read_linear_layers_and_dram(reader, config);
  read_hub_units(reader, config);
  reader.finish();
  if (reader.is_describing()) return;
  require_consistent_frame(reader, config);
  reader.require(config.mac_lines.lines % 2 == 0, "mac_lines",
                 "two arrays need an even number of lines");
}

}  // namespace vitcod
