// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_bill.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "hw_models/accelerators/frame_bill.hpp"
#include "hw_models/accelerators/frame_ports.hpp"
#include "hw_models/accelerators/hub_bill.hpp"
#include "hw_models/decoder/decoder_parts.hpp"
#include "hw_models/encoder/encoder_parts.hpp"
#include "hw_models/engine/engine_parts.hpp"
#include "hw_models/global_buffer/global_buffer_parts.hpp"
#include "hw_models/index_buffer/index_buffer_parts.hpp"
#include "hw_models/local_buffer/local_buffer_parts.hpp"
#include "hw_models/mac_lines/mac_lines_parts.hpp"
#include "hw_models/normaliser/normaliser_parts.hpp"
#include "hw_models/query_forwarding/query_forwarding_parts.hpp"
#include "hw_models/query_window/query_window_parts.hpp"
#include "hw_models/score_buffer/score_buffer_parts.hpp"
#include "hw_models/score_unit/score_format.hpp"
#include "hw_models/score_unit/score_unit_parts.hpp"
#include "hw_models/spmm_controller/spmm_controller_parts.hpp"

namespace vitcod {
namespace {

bool has_denser_engine(const VitcodConfig& config) {
  return config.controller.two_engines || !config.has_sparser_engine;
}

bool has_both_engines(const VitcodConfig& config) {
  return has_denser_engine(config) && config.has_sparser_engine;
}

bool forwards(const VitcodConfig& config) {
  return has_both_engines(config) && config.controller.query_forwarding;
}

std::uint64_t num_engines(const VitcodConfig& config) { return has_both_engines(config) ? 2 : 1; }

/// Any bank may be Q or V of any engine, or its K.
PoolUse operands_use(const VitcodConfig& config) {
  std::vector<LocalBufferConfig> buffers;
  if (config.has_sparser_engine) {
    buffers = {config.sparser_engine.qv_buffer, config.sparser_engine.ks_buffer};
  }
  if (has_denser_engine(config)) {
    buffers.push_back(config.denser_engine.qv_buffer);
    buffers.push_back(config.denser_engine.ks_buffer);
  }
  PoolUse use;
  use.bytes = config.input_buffer.capacity_bytes - config.input_buffer.staging_bytes;
  for (const LocalBufferConfig& buffer : buffers) {
    use.width_bytes = std::max<std::uint64_t>(use.width_bytes, buffer.bytes_per_access);
    use.ports_per_bank = std::max(use.ports_per_bank, buffer.ports_per_bank);
  }
  use.words_written =
      num_engines(config) *
      ceil_div(std::uint64_t{config.decoder.write_bytes_per_cycle}, use.width_bytes);
  return use;
}

/// What the output buffer has beside its staging.
std::uint64_t bytes_of_results(const VitcodConfig& config) {
  return config.output_buffer.capacity_bytes - config.output_buffer.staging_bytes;
}

std::uint64_t bytes_of_partial_rows(const VitcodConfig& config) {
  return std::min(partial_rows_bytes(config.normaliser, num_engines(config)),
                  bytes_of_results(config));
}

/// Any bank may be S of any engine, or hold finished rows.
PoolUse results_use(const VitcodConfig& config) {
  std::vector<ScoreBufferConfig> buffers;
  if (config.has_sparser_engine) buffers.push_back(config.sparser_engine.score_buffer);
  if (has_denser_engine(config)) buffers.push_back(config.denser_engine.score_buffer);
  PoolUse use;
  use.bytes = bytes_of_results(config) - bytes_of_partial_rows(config);
  for (const ScoreBufferConfig& buffer : buffers) {
    use.width_bytes = std::max<std::uint64_t>(use.width_bytes, buffer.bytes_per_access);
    use.ports_per_bank = std::max(use.ports_per_bank, buffer.ports_per_bank);
  }
  use.words_written = buffers.size() + 1 + (config.normaliser.carried_bytes_per_cycle ? 1 : 0);
  return use;
}

/// Carried rows come from any banks of the output buffer, as many side by side as a cycle reads.
PartList normaliser_parts(const VitcodConfig& config) {
  PartList parts = parts_of(config.normaliser, num_engines(config));
  if (!config.normaliser.carried_bytes_per_cycle) return parts;
  const PoolBanks pool = pool_banks(config.output_buffer, results_use(config));
  const std::uint64_t banks =
      ceil_div(std::uint64_t{*config.normaliser.carried_bytes_per_cycle}, pool.width_bytes);
  add_pool_ports(pool, banks, banks < pool.banks ? banks : pool.banks, pool.width_bytes, parts);
  return parts;
}

PoolBanks operand_banks(const VitcodConfig& config) {
  return pool_banks(config.input_buffer, operands_use(config));
}

ScoreBufferUse score_use(const VitcodConfig& config, const ScoreUnitConfig& score_unit) {
  ScoreBufferUse use;
  use.pool = pool_banks(config.output_buffer, results_use(config));
  use.lines = config.mac_lines.lines;
  use.scores_per_cycle = score_unit.scores_per_cycle;
  return use;
}

void add_scores(const ScoreBufferConfig& config, const ScoreBufferUse& use,
                const std::string& engine, BillOfMaterials& bill) {
  bill.add(engine + "/score_buffer", parts_of(config, use));
  bill.add(engine + "/score_buffer/row_table", row_table_parts(config, use));
}

void add_denser_engine(const VitcodConfig& config, BillOfMaterials& bill) {
  const EngineConfig& engine = config.denser_engine;
  const std::uint32_t lines = config.mac_lines.lines;
  const PoolBanks banks = operand_banks(config);
  if (config.has_sparser_engine) {
    bill.add("/denser_decoder",
             with_queue(parts_of(config.decoder, config.dma.packet_bytes), config));
  } else {
    bill.add("/row_writer", with_queue(row_writer_parts(config.decoder.write_bytes_per_cycle,
                                                        config.dma.packet_bytes),
                                       config));
  }
  bill.add("/denser_engine", engine_parts(config.mac_lines));
  bill.add("/denser_engine/qv_buffer", parts_of(engine.qv_buffer, banks, lines));
  bill.add("/denser_engine/ks_buffer", parts_of(engine.ks_buffer, banks, lines));
  bill.add("/denser_engine/score_unit", parts_of(engine.score_unit, lines));
  ScoreBufferUse scores = score_use(config, engine.score_unit);
  scores.item_bytes = kScoreBytes;
  scores.writes_words = true;
  add_scores(engine.score_buffer, scores, "/denser_engine", bill);
}

void add_sparser_engine(const VitcodConfig& config, BillOfMaterials& bill) {
  constexpr std::uint64_t kKeyBytes = 1;  // up to 256 keys
  const SparserEngineConfig& engine = config.sparser_engine;
  const std::uint32_t lines = config.mac_lines.lines;
  const PoolBanks banks = operand_banks(config);
  bill.add("/sparser_decoder",
           with_queue(parts_of(config.decoder, config.dma.packet_bytes), config));
  bill.add("/sparser_engine", engine_parts(config.mac_lines));
  bill.add("/sparser_engine/qv_buffer", parts_of(engine.qv_buffer, banks, lines));
  bill.add("/sparser_engine/ks_buffer", parts_of(engine.ks_buffer, banks, lines));
  bill.add("/sparser_engine/score_unit", parts_of(engine.score_unit, lines));
  ScoreBufferUse scores = score_use(config, engine.score_unit);
  scores.item_bytes = kScoreBytes + kKeyBytes;
  scores.counts_entries = true;
  add_scores(engine.score_buffer, scores, "/sparser_engine", bill);
  bill.add("/sparser_engine/index_buffer",
           parts_of(engine.index_buffer, look_up_bytes(engine.spmm_controller)));
  bill.add("/sparser_engine/spmm_controller",
           parts_of(engine.spmm_controller, engine.index_buffer, lines));
  if (!forwards(config)) return;
  // Its account has the cycles in which rows begin to cross: enough if a row crosses in one.
  const bool crosses_at_once = config.denser_engine.qv_buffer.bytes_per_access >= kRowBytes;
  bill.add("/sparser_engine/query_forwarding",
           parts_of(config.query_forwarding, config.denser_engine.qv_buffer, banks, lines),
           crosses_at_once ? "/sparser_engine/query_forwarding" : "/sparser_engine");
  if (!config.has_window()) return;
  QueryWindowUse use;
  use.lines = lines;
  use.access_bytes = engine.qv_buffer.bytes_per_access;
  use.written_bytes = config.decoder.write_bytes_per_cycle;
  bill.add("/query_window", parts_of(*config.query_window, use));
}

}  // namespace

BillOfMaterials vitcod_bill(const VitcodConfig& config) {
  constexpr std::uint64_t kJobsATile = 3;
  BillOfMaterials bill;
  add_controller_and_dma(config, kJobsATile, bill);
  add_buffers(config, operands_use(config), results_use(config), bill);
  bill.add("/output_buffer/partial_rows", partial_rows_parts(config.normaliser, num_engines(config),
                                                             bytes_of_partial_rows(config)));
  bill.add("/crossbar",
           crossbar_parts(config, crossbar_ways(config.has_sparser_engine, config.has_hub_unit())));
  bill.add("/mac_lines",
           parts_of(config.mac_lines, num_engines(config), results_use(config).width_bytes),
           kLinesAccount);
  if (has_denser_engine(config)) add_denser_engine(config, bill);
  if (config.has_sparser_engine) add_sparser_engine(config, bill);
  bill.add("/normaliser", normaliser_parts(config));
  if (config.has_sparser_engine) {
    bill.add("/encoder", with_queue(parts_of(config.encoder, config.dma.packet_bytes), config));
  }
  add_linear_layers(config, bill);
  add_hub_units(config, bill);
  return bill;
}

}  // namespace vitcod
