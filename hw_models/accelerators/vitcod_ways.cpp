// SPDX-License-Identifier: Apache-2.0
#include "hw_models/accelerators/vitcod_ways.hpp"

#include <cstdint>

namespace vitcod {
namespace {

std::uint64_t ports_of(const LocalBufferConfig& buffer) {
  return std::uint64_t{buffer.banks} * buffer.ports_per_bank;
}
std::uint64_t ports_of(const ScoreBufferConfig& buffer) {
  return std::uint64_t{buffer.banks} * buffer.ports_per_bank;
}
std::uint64_t ways_bytes(const LocalBufferConfig& buffer) {
  return std::uint64_t{buffer.ways} * buffer.bytes_per_access;
}

void require_denser_ways(const VitcodConfig& config, const WayFloors& floors) {
  const auto& engine = config.denser_engine;
  floors.limit({"/denser_decoder/qv_bytes", "/denser_decoder/ks_bytes"},
               config.decoder.write_bytes_per_cycle);
  floors.limit({"/denser_engine/qv_buffer/reads"}, ports_of(engine.qv_buffer));
  floors.limit({"/denser_engine/qv_buffer/bytes_sent"}, ways_bytes(engine.qv_buffer));
  floors.limit({"/denser_engine/ks_buffer/reads"}, ports_of(engine.ks_buffer));
  floors.limit({"/denser_engine/ks_buffer/bytes_sent"}, ways_bytes(engine.ks_buffer));
  floors.limit(
      {"/denser_engine/score_buffer/words_written", "/denser_engine/score_buffer/words_read"},
      ports_of(engine.score_buffer));
  floors.limit({"/denser_engine/score_buffer/words_sent"}, engine.score_buffer.ways);
}

void require_sparser_ways(const VitcodConfig& config, const WayFloors& floors) {
  const auto& engine = config.sparser_engine;
  floors.limit({"/sparser_decoder/qv_bytes", "/sparser_decoder/ks_bytes"},
               config.decoder.write_bytes_per_cycle);
  floors.limit({"/sparser_engine/qv_buffer/reads"}, ports_of(engine.qv_buffer));
  floors.limit({"/sparser_engine/qv_buffer/bytes_sent"}, ways_bytes(engine.qv_buffer));
  floors.limit({"/sparser_engine/ks_buffer/reads"}, ports_of(engine.ks_buffer));
  floors.limit({"/sparser_engine/ks_buffer/bytes_sent"}, ways_bytes(engine.ks_buffer));
  floors.limit(
      {"/sparser_engine/score_buffer/words_written", "/sparser_engine/score_buffer/words_read"},
      ports_of(engine.score_buffer));
  floors.limit({"/sparser_engine/score_buffer/words_sent"}, engine.score_buffer.ways);
  floors.limit({"/sparser_engine/index_buffer/reads"}, engine.index_buffer.reads_per_cycle);
  if (!config.controller.two_engines || !config.controller.query_forwarding) return;
  // Forwarded rows come from the denser engine's banks, beside its own.
  const LocalBufferConfig& denser = config.denser_engine.qv_buffer;
  floors.limit({"/denser_engine/qv_buffer/reads", "/sparser_engine/query_forwarding/reads"},
               ports_of(denser));
  floors.limit({"/sparser_engine/query_forwarding/bytes_sent"},
               std::uint64_t{config.query_forwarding.requests_per_cycle} * denser.bytes_per_access);
}

}  // namespace

void require_vitcod_ways(const VitcodConfig& config, const WayFloors& floors) {
  require_denser_ways(config, floors);
  if (config.has_sparser_engine) require_sparser_ways(config, floors);
  floors.limit({"/normaliser/carried_bytes_written", "/normaliser/carried_bytes_read"},
               config.normaliser.carried_bytes_per_cycle.value_or(0));
}

}  // namespace vitcod
