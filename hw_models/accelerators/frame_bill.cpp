// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/frame_bill.hpp"

#include "hw_models/controller/controller_parts.hpp"
#include "hw_models/crossbar/crossbar_parts.hpp"
#include "hw_models/dma/dma_parts.hpp"
#include "hw_models/gemm_engine/gemm_attention_parts.hpp"
#include "hw_models/gemm_engine/gemm_engine_parts.hpp"
#include "hw_models/global_buffer/global_buffer_parts.hpp"
#include "hw_models/layer_norm/layer_norm_parts.hpp"

namespace vitcod {
namespace {

/// Does a unit take packets as fast as they come?
bool keeps_up(const FrameConfig& config, std::uint32_t bytes_per_cycle) {
  return bytes_per_cycle >= config.crossbar.port_bytes_per_cycle;
}

/// A port that keeps up writes packets to the banks as they come.
PartList gemm_port(const FrameConfig& config) {
  const PartList parts = gemm_port_parts(config.gemm_engine);
  if (keeps_up(config, config.gemm_engine.write_bytes_per_cycle)) return parts;
  return with_queue(parts, config);
}

/// What the array, the drain and the ports have more for linear attention.
void add_linear_attention(const FrameConfig& config, BillOfMaterials& bill) {
  const GemmEngineConfig& gemm = config.gemm_engine;
  bill.add("/gemm_engine/turning", turning_parts(gemm, config.mac_lines));
  bill.add("/gemm_engine/weight_rows", weight_row_parts(gemm, config.mac_lines));
  bill.add("/gemm_engine/beside_line", beside_line_parts(gemm, config.mac_lines));
  bill.add("/gemm_drain/reciprocal", reciprocal_parts(gemm));
}

/// A packet waits, which is read while the next one comes into its place, or another one.
PartList layer_norm_parts(const FrameConfig& config) {
  const bool in_place = keeps_up(config, config.layer_norm.read_bytes_per_cycle);
  return with_queue(parts_of(config.layer_norm), config, kSlowPacketDepth + (in_place ? 0 : 1));
}

}  // namespace

PartList with_queue(PartList parts, const FrameConfig& config, std::uint64_t packets) {
  parts += packet_queue(packets, config.dma.packet_bytes, config.crossbar.port_bytes_per_cycle);
  return parts;
}

PartList buffer_parts(const FrameConfig& config, const GlobalBufferConfig& buffer,
                      std::uint64_t bytes) {
  const std::uint32_t crossing = config.crossbar.port_bytes_per_cycle;
  const std::uint64_t packets = kSlowPacketDepth + (buffer.port_bytes_per_cycle > crossing ? 1 : 0);
  return parts_of(buffer, bytes + packets * config.dma.packet_bytes, crossing);
}

void add_buffers(const FrameConfig& config, PoolUse operands, PoolUse results,
                 BillOfMaterials& bill) {
  constexpr std::uint64_t kPackets = 1;  // a word of those that are written
  constexpr std::uint64_t kLinear = 1;   // X, as wide as its port
  constexpr std::uint64_t kSums = 1;     // that are carried
  const GlobalBufferConfig& weights = config.weight_buffer;
  const GlobalBufferConfig& input = config.input_buffer;
  const GlobalBufferConfig& output = config.output_buffer;
  operands.words_written += kPackets + kLinear;
  // Packets, X, and the residual that is added to results.
  operands.streams = {input.port_bytes_per_cycle, config.gemm_engine.input_bytes_per_cycle,
                      config.gemm_engine.drain_lanes};
  results.words_written += kPackets;
  results.streams = {output.port_bytes_per_cycle};
  if (const auto& carried = config.gemm_engine.carried_bytes_per_cycle) {
    results.words_written += kSums;
    results.streams.push_back(*carried);
  }
  PoolUse chunks;
  chunks.bytes = weights.capacity_bytes - weights.staging_bytes;
  chunks.width_bytes = config.gemm_engine.weight_bytes_per_cycle;
  chunks.streams = {config.gemm_engine.weight_bytes_per_cycle};
  bill.add("/weight_buffer", buffer_parts(config, weights, weights.staging_bytes));
  bill.add("/weight_buffer/pool", pool_parts(weights, chunks));
  bill.add("/input_buffer", buffer_parts(config, input, input.staging_bytes));
  bill.add("/input_buffer/pool", pool_parts(input, operands));
  bill.add("/output_buffer", buffer_parts(config, output, output.staging_bytes));
  bill.add("/output_buffer/pool", pool_parts(output, results));
}

PartList crossbar_parts(const FrameConfig& config, const std::vector<OutputMask>& ways) {
  PartList parts = parts_of(config.crossbar, ways);
  parts = with_queue(parts, config, kSlowPacketDepth);           // rows of attention
  if (ways[kEncodedIn] != 0) parts = with_queue(parts, config);  // compressed heads
  parts = with_queue(parts, config);                             // linear layers
  parts = with_queue(parts, config);                             // layer norm
  return parts;
}

void add_controller_and_dma(const FrameConfig& config, std::uint64_t jobs_a_tile,
                            BillOfMaterials& bill) {
  constexpr std::uint64_t kPools = 4;
  bill.add("/controller",
           controller_parts((std::uint64_t{config.controller.prefetch_units} + 1) * jobs_a_tile,
                            kPools));
  bill.add("/dma", parts_of(config.dma, config.dram.organization.channels));
}

void add_linear_layers(const FrameConfig& config, BillOfMaterials& bill) {
  const GemmEngineConfig& gemm = config.gemm_engine;
  bill.add("/gemm_inputs", gemm_port(config));
  bill.add("/gemm_weights", gemm_port(config));
  bill.add("/gemm_engine", gemm_array_parts(gemm, config.mac_lines));
  bill.add("/gemm_engine/accumulators", accumulator_parts(gemm, config.mac_lines));
  if (gemm.carried_bytes_per_cycle) {
    bill.add("/gemm_engine/carried_sums",
             carried_sum_parts(*gemm.carried_bytes_per_cycle, config.mac_lines));
  }
  bill.add("/gemm_drain", gemm_drain_parts(gemm, config.mac_lines));
  if (gemm.linear_attention) add_linear_attention(config, bill);
  if (config.mac_lines.add_lanes_per_line) {
    bill.add("/gemm_engine/add_lanes", add_lane_parts(gemm, config.mac_lines));
    bill.add("/gemm_drain/codes", code_parts(gemm));
  }
  bill.add("/layer_norm", layer_norm_parts(config));
  bill.add("/layer_norm/token_buffer", token_buffer_parts(config.layer_norm));
  bill.add("/layer_norm/constant_buffer", constant_buffer_parts(config.layer_norm));
}

}  // namespace vitcod
