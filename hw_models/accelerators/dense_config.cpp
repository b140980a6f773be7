// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/dense_config.hpp"

#include "hw_models/row_writer/row_writer_config.hpp"

namespace vitcod {
namespace {

struct DenseControllerConfig {
  std::uint32_t prefetch_units = 0;
};

void read(ConfigReader& reader, DenseControllerConfig& config) {
  read_prefetch_units(reader, config.prefetch_units);
  reader.finish();
}

void read_engine(ConfigReader& reader, VitcodConfig& config) {
  RowWriterConfig writer;
  reader.required_object("row_writer", writer, "Rows on their way into the engine's buffers");
  config.decoder.latency_cycles = writer.latency_cycles;
  config.decoder.write_bytes_per_cycle = writer.write_bytes_per_cycle;
  reader.required_object("denser_engine", config.denser_engine, "All of attention");
  reader.required_object("normaliser", config.normaliser, "Where rows are normalised");
}

}  // namespace

void read(ConfigReader& reader, DenseConfig& config) {
  VitcodConfig& blocks = config.blocks;
  blocks.has_sparser_engine = false;
  blocks.controller.mask_denser_block = false;  // there is no pruned entry
  DenseControllerConfig controller;
  read_clock_and_tables(reader, blocks);
  reader.required_object("mac_lines", blocks.mac_lines, "The lines of the array");
  reader.required_object("controller", controller, "Features that can be switched off");
  blocks.controller.prefetch_units = controller.prefetch_units;
  read_buffers(reader, blocks);
  read_engine(reader, blocks);
  read_linear_layers_and_dram(reader, blocks);
  read_hub_units(reader, blocks);
  reader.finish();
  if (!reader.is_describing()) require_consistent(reader, blocks);
}

}  // namespace vitcod
