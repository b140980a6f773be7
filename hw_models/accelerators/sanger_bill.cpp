// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/sanger_bill.hpp"

#include "hw_models/accelerators/frame_bill.hpp"
#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/hub_bill.hpp"
#include "hw_models/global_buffer/global_buffer_parts.hpp"
#include "hw_models/mask_predictor/mask_predictor_parts.hpp"
#include "hw_models/normaliser/normaliser_parts.hpp"
#include "hw_models/pack_unit/pack_unit_parts.hpp"
#include "hw_models/row_writer/row_writer_parts.hpp"
#include "hw_models/score_array/score_array_parts.hpp"

namespace vitcod {
namespace {

constexpr std::uint64_t kEngines = 1;

/// Any bank may be Q, K or V, each with a reader of its own.
PoolUse operands_use(const SangerConfig& config) {
  PoolUse use;
  use.bytes = config.input_buffer.capacity_bytes - config.input_buffer.staging_bytes;
  use.width_bytes = kRowBytes;
  use.words_written =
      ceil_div(std::uint64_t{config.row_writer.write_bytes_per_cycle}, std::uint64_t{kRowBytes});
  return use;
}

/// Finished rows alone: what they are summed up from lies in the array.
PoolUse results_use(const SangerConfig& config) {
  PoolUse use;
  use.bytes = config.output_buffer.capacity_bytes - config.output_buffer.staging_bytes;
  use.width_bytes = kRowBytes;
  return use;
}

void add_attention(const SangerConfig& config, BillOfMaterials& bill) {
  const PoolBanks banks = pool_banks(config.input_buffer, operands_use(config));
  const ScoreArrayConfig& array = config.score_array;
  bill.add("/row_writer", with_queue(row_writer_parts(config.row_writer.write_bytes_per_cycle,
                                                      config.dma.packet_bytes),
                                     config));
  if (config.prediction != PredictionMode::kOff) {
    bill.add("/mask_predictor", parts_of(config.mask_predictor, array.segment_keys, banks));
    bill.add("/mask_predictor/exps", exp_memory_parts(config.mask_predictor));
  }
  bill.add("/pack_unit", parts_of(config.pack_unit, array.shape()));
  bill.add("/pack_unit/masks", mask_memory_parts(config.pack_unit));
  bill.add("/score_array", parts_of(array, banks), kLinesAccount);  // PEs are the lines
  bill.add("/score_array/sums", sum_memory_parts(array));
  bill.add("/score_array/row_state", row_state_parts(array));
  bill.add("/normaliser", parts_of(config.normaliser, kEngines));
}

}  // namespace

BillOfMaterials sanger_bill(const SangerConfig& config) {
  constexpr std::uint64_t kJobsATile = 2;
  BillOfMaterials bill;
  add_controller_and_dma(config, kJobsATile, bill);
  add_buffers(config, operands_use(config), results_use(config), bill);
  bill.add("/crossbar", crossbar_parts(config, crossbar_ways(false, config.has_hub_unit())));
  add_attention(config, bill);
  add_linear_layers(config, bill);
  add_hub_units(config, bill);
  return bill;
}

}  // namespace vitcod
