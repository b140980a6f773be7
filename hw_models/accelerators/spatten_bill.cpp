// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/spatten_bill.hpp"

#include "hw_models/accelerators/frame_bill.hpp"
#include "hw_models/accelerators/hub_bill.hpp"
#include "hw_models/gemm_engine/gemm_engine_parts.hpp"
#include "hw_models/global_buffer/global_buffer_parts.hpp"
#include "hw_models/mac_lines/mac_lines_parts.hpp"
#include "hw_models/prob_value_array/prob_value_array_parts.hpp"
#include "hw_models/query_key_array/query_key_array_parts.hpp"
#include "hw_models/softmax_unit/softmax_unit_cost.hpp"
#include "hw_models/softmax_unit/softmax_unit_parts.hpp"
#include "hw_models/top_k_engine/top_k_parts.hpp"

namespace vitcod {
namespace {

constexpr std::uint64_t kWeightBits = 8;
constexpr std::uint64_t kPlaceBytes = 2;

/// Any bank may be Q, K or V.
PoolUse operands_use(const SpattenConfig& config) {
  PoolUse use;
  use.bytes = config.input_buffer.capacity_bytes - config.input_buffer.staging_bytes;
  use.width_bytes = kRowBytes;
  use.words_written = ceil_div(std::uint32_t{config.gemm_engine.write_bytes_per_cycle},
                               static_cast<std::uint32_t>(kRowBytes));
  return use;
}

/// Finished rows, from packets alone.
PoolUse results_use(const SpattenConfig& config) {
  PoolUse use;
  use.bytes = config.output_buffer.capacity_bytes - config.output_buffer.staging_bytes;
  use.width_bytes = kRowBytes;
  return use;
}

void add_attention(const SpattenConfig& config, BillOfMaterials& bill) {
  const PoolBanks banks = pool_banks(config.input_buffer, operands_use(config));
  const std::uint64_t multipliers = config.array_multipliers();
  const std::uint64_t max_keys = cost_of(config.softmax_unit).max_keys;
  const TopKConfig& top_k = config.top_k_engine;
  const PartList port = gemm_port_parts(config.gemm_engine);
  // A port that keeps up writes packets to the banks as they come.
  const bool keeps_up =
      config.gemm_engine.write_bytes_per_cycle >= config.crossbar.port_bytes_per_cycle;
  bill.add("/operand_port", keeps_up ? port : with_queue(port, config));
  bill.add("/query_key_array",
           parts_of(config.query_key_array, banks, multipliers, config.low_bits));
  bill.add("/query_key_array/rows", waiting_products_parts(config.query_key_array, max_keys));
  bill.add("/softmax_unit", parts_of(config.softmax_unit, config.low_bits));
  bill.add("/softmax_unit/fifos", fifo_parts(config.softmax_unit));
  bill.add("/softmax_unit/importances", importance_parts(config.softmax_unit, max_keys));
  bill.add("/value_selector", parts_of(top_k, kWeightBits));
  bill.add("/value_selector/fifos", fifo_parts(top_k, kWeightBits / 8 + kPlaceBytes));
  bill.add("/value_selector/rows", waiting_rows_parts(top_k, max_keys));
  bill.add("/prob_value_array", parts_of(config.prob_value_array, banks, multipliers, max_keys,
                                         config.low_bits.has_any()));
  bill.add("/cascade_selector", parts_of(top_k, 8 * kImportanceBytes));
  bill.add("/cascade_selector/fifos", fifo_parts(top_k, kImportanceBytes + kPlaceBytes));
  if (config.token_gather) bill.add("/cascade_selector/numbers", number_parts(top_k));
}

}  // namespace

std::vector<OutputMask> spatten_ways(const SpattenConfig& config) {
  std::vector<OutputMask> ways = crossbar_ways(false, config.has_hub_unit());
  if (config.token_gather) ways[kChosenIn] = mask_of(kResultsOut);
  return ways;
}

BillOfMaterials spatten_bill(const SpattenConfig& config) {
  constexpr std::uint64_t kJobsATile = 1;
  constexpr std::uint64_t kOneEngine = 1;
  BillOfMaterials bill;
  add_controller_and_dma(config, kJobsATile, bill);
  add_buffers(config, operands_use(config), results_use(config), bill);
  bill.add("/crossbar", crossbar_parts(config, spatten_ways(config)));
  bill.add("/mac_lines",
           parts_of(config.mac_lines, kOneEngine, config.mac_lines.macs_per_line,
                    operand_bits_of(config.low_bits)),
           kLinesAccount);
  add_attention(config, bill);
  add_linear_layers(config, bill);
  add_hub_units(config, bill);
  return bill;
}

}  // namespace vitcod
