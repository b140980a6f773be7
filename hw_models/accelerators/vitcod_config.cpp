// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_config.hpp"

#include <fmt/format.h>

#include <numeric>
#include <string>

#include "sim/kernel/scheduler.hpp"

namespace vitcod {
void require_consistent(const ConfigReader& reader, const VitcodConfig& config) {
  const auto holds_a_packet = [&](const GlobalBufferConfig& buffer, const char* key) {
    reader.require(buffer.staging_bytes >= config.dma.packet_bytes, key,
                   "staging_bytes must hold at least one packet (dma/packet_bytes)");
  };
  holds_a_packet(config.weight_buffer, "weight_buffer");
  holds_a_packet(config.input_buffer, "input_buffer");
  holds_a_packet(config.output_buffer, "output_buffer");
  reader.require(!config.controller.two_engines || config.mac_lines.lines >= 2, "mac_lines",
                 "two engines need at least 2 lines (controller/two_engines)");
  reader.require(std::lcm(config.clock_khz, config.dram.clock_khz) <= Scheduler::kMaxTicksPerMs,
                 "clock_khz",
                 fmt::format("{} has too large a common multiple with the DRAM's {}",
                             config.clock_khz, config.dram.clock_khz));
  reader.require(
      !config.has_sparser_engine || config.denser_engine.score_unit.operand_fraction_bits ==
                                        config.sparser_engine.score_unit.operand_fraction_bits,
      "sparser_engine",
      "score_unit/operand_fraction_bits must be that of the denser_engine: both give "
      "scores of the same rows");
  reader.require(config.dma.packet_bytes % config.dram.organization.burst_bytes() == 0, "dma",
                 "packet_bytes must be a multiple of the DRAM burst, " +
                     std::to_string(config.dram.organization.burst_bytes()) + " bytes");
}

void read_clock_and_tables(ConfigReader& reader, VitcodConfig& config) {
  reader.required("clock_khz", config.clock_khz, "Clock of everything but the DRAM",
                  Range<std::uint64_t>{1, 100'000'000});
  reader.required_object("energy", config.energy, "What on-chip accesses and MACs cost");
  reader.required_object("area", config.area, "What its parts take and leak");
  reader.optional_object("budget", config.budget,
                         "Area, power and memory that it is meant to keep");
}

void read_buffers(ConfigReader& reader, VitcodConfig& config) {
  reader.required_object("weight_buffer", config.weight_buffer, "Global buffer for weights");
  reader.required_object("input_buffer", config.input_buffer,
                         "Global buffer 0: Q, K, V on their way and on chip");
  reader.required_object("output_buffer", config.output_buffer,
                         "Global buffer 1: S, partial rows and finished rows");
  reader.required_object("crossbar", config.crossbar, "Between global buffers and engines");
  reader.required_object("dma", config.dma, "Between DRAM and global buffers");
}

void read_linear_layers_and_dram(ConfigReader& reader, VitcodConfig& config) {
  reader.required_object("gemm_engine", config.gemm_engine,
                         "All lines as one array, for linear layers, and its drain");
  reader.required_object("layer_norm", config.layer_norm, "Layer norm of tokens");
  reader.required_object("dram", config.dram, "Memory: a preset of configs/dram/, or inline");
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
  reader.required_object("decoder", config.decoder, "Auto-encoder, decoding side of each engine");
  reader.required_object("encoder", config.encoder, "Auto-encoder, encoding side");
  reader.required_object("normaliser", config.normaliser, "Where the engines' rows meet");
  read_linear_layers_and_dram(reader, config);
  reader.finish();
  if (!reader.is_describing()) require_consistent(reader, config);
}

}  // namespace vitcod
