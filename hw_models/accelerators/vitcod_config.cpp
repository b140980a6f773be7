// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_config.hpp"

namespace vitcod {

void require_consistent(const ConfigReader& reader, const VitcodConfig& config) {
  require_consistent_frame(reader, config);
  reader.require(!config.controller.two_engines || config.mac_lines.lines >= 2, "mac_lines",
                 "two engines need at least 2 lines (controller/two_engines)");
  reader.require(
      !config.has_sparser_engine || config.denser_engine.score_unit.operand_fraction_bits ==
                                        config.sparser_engine.score_unit.operand_fraction_bits,
      "sparser_engine",
      "score_unit/operand_fraction_bits must be that of the denser_engine: both give "
      "scores of the same rows");
  reader.require(
      !config.query_window || (config.controller.two_engines && config.controller.query_forwarding),
      "query_window",
      "rows are looked up in it by forwarding (controller/two_engines and "
      "controller/query_forwarding)");
}

void read(ConfigReader& reader, VitcodConfig& config) {
  read_clock_and_tables(reader, config);
  reader.required_object("mac_lines", config.mac_lines, "The lines that both engines share");
  reader.required_object("controller", config.controller, "Features that can be switched off");
  read_buffers(reader, config);
  reader.required_object("denser_engine", config.denser_engine, "Global tokens' columns");
  reader.required_object("sparser_engine", config.sparser_engine, "The other kept entries");
  reader.required_object("query_forwarding", config.query_forwarding,
                         "Q rows from the denser to the sparser engine");
  reader.optional_object("query_window", config.query_window,
                         "Q rows pass by in the denser engine's buffer; absent: it holds all rows "
                         "of a unit");
  reader.required_object("decoder", config.decoder, "Auto-encoder, decoding side of each engine");
  reader.required_object("encoder", config.encoder, "Auto-encoder, encoding side");
  reader.required_object("normaliser", config.normaliser, "Where the engines' rows meet");
  read_linear_layers_and_dram(reader, config);
  read_hub_units(reader, config);
  reader.optional_object("index_filter", config.index_filter,
                         "Index of kept tokens, of that of all tokens");
  reader.finish();
  if (!reader.is_describing()) require_consistent(reader, config);
}

}  // namespace vitcod
