// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/frame_config.hpp"

#include <fmt/format.h>

#include <numeric>
#include <string>

#include "sim/kernel/scheduler.hpp"

namespace vitcod {

void require_consistent_frame(const ConfigReader& reader, const FrameConfig& config) {
  const auto holds_a_packet = [&](const GlobalBufferConfig& buffer, const char* key) {
    reader.require(buffer.staging_bytes >= config.dma.packet_bytes, key,
                   "staging_bytes must hold at least one packet (dma/packet_bytes)");
  };
  holds_a_packet(config.weight_buffer, "weight_buffer");
  holds_a_packet(config.input_buffer, "input_buffer");
  holds_a_packet(config.output_buffer, "output_buffer");
  reader.require(config.stream_hub.has_value() == config.has_hub_unit(), "stream_hub",
                 "it must be there if and only if one of token_selector, token_gather, lifting, "
                 "index_filter, average_pool, token_matcher and token_merger is");
  reader.require(!config.lifting || config.token_gather, "lifting",
                 "it needs token_gather, which asks for the patches");
  reader.require(std::lcm(config.clock_khz, config.dram.clock_khz) <= Scheduler::kMaxTicksPerMs,
                 "clock_khz",
                 fmt::format("{} has too large a common multiple with the DRAM's {}",
                             config.clock_khz, config.dram.clock_khz));
  reader.require(config.dma.packet_bytes % config.dram.organization.burst_bytes() == 0, "dma",
                 "packet_bytes must be a multiple of the DRAM burst, " +
                     std::to_string(config.dram.organization.burst_bytes()) + " bytes");
}

void read_clock_and_tables(ConfigReader& reader, FrameConfig& config) {
  reader.required("clock_khz", config.clock_khz, "Clock of everything but the DRAM",
                  Range<std::uint64_t>{1, 100'000'000});
  reader.required_object("energy", config.energy, "What on-chip accesses and MACs cost");
  reader.required_object("area", config.area, "What its parts take and leak");
  reader.optional_object("budget", config.budget,
                         "Area, power and memory that it is meant to keep");
  reader.optional_object("clock_gating", config.clock_gating,
                         "Gates of the clock; absent: registers of all blocks are clocked in every "
                         "cycle");
}

void read_buffers(ConfigReader& reader, FrameConfig& config) {
  reader.required_object("weight_buffer", config.weight_buffer, "Global buffer for weights");
  reader.required_object("input_buffer", config.input_buffer,
                         "Global buffer 0: Q, K, V on their way and on chip");
  reader.required_object("output_buffer", config.output_buffer,
                         "Global buffer 1: S, partial rows and finished rows");
  reader.required_object("crossbar", config.crossbar, "Between global buffers and engines");
  reader.required_object("dma", config.dma, "Between DRAM and global buffers");
}

void read_linear_layers_and_dram(ConfigReader& reader, FrameConfig& config) {
  reader.required_object("gemm_engine", config.gemm_engine,
                         "All lines as one array, for linear layers, and its drain");
  reader.required_object("layer_norm", config.layer_norm, "Layer norm of tokens");
  reader.required_object("dram", config.dram, "Memory: a preset of configs/dram/, or inline");
}

void read_hub_units(ConfigReader& reader, FrameConfig& config) {
  reader.optional_object(
      "stream_hub", config.stream_hub,
      "Where the units below share a port of the crossbar; absent: they are too");
  reader.optional_object("token_selector", config.token_selector,
                         "Scores, selection of tokens, exit tests");
  reader.optional_object("token_gather", config.token_gather, "Rows of kept tokens");
  reader.optional_object("lifting", config.lifting, "Lifting of patches");
  reader.optional_object("average_pool", config.average_pool, "Mean over tokens");
  reader.optional_object("token_matcher", config.token_matcher, "Pairs of tokens of like keys");
  reader.optional_object("token_merger", config.token_merger, "Means of groups of tokens");
}

}  // namespace vitcod
