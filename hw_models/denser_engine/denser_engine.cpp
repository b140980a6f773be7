// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_engine.hpp"

namespace vitcod {

DenserEngine::DenserEngine(const sc_core::sc_module_name& name, Clock& clock,
                           const EngineConfig& config, const MacLinesConfig& lines,
                           StatGroup& parent)
    : Engine(name, clock, lines, parent),
      line_statistics_(statistics(), "mac_lines"),
      qv_buffer_("qv_buffer", clock, config.qv_buffer, statistics()),
      ks_buffer_("ks_buffer", clock, config.ks_buffer, statistics()),
      score_unit_("score_unit", clock, config.score_unit, statistics()) {}

std::unique_ptr<PhaseMachine> DenserEngine::make_phase(const EngineTask& task, Cycle start) {
  const DenserParts parts{qv_buffer_, ks_buffer_, score_unit_, line_statistics_};
  if (task.phase == Phase::kSddmm) {
    return std::make_unique<DenserSddmm>(*task.unit, lines(), task.split(), parts, start);
  }
  return std::make_unique<DenserSpmm>(*task.unit, lines(), task.split(), parts,
                                      *row_out.operator->(), start);
}

}  // namespace vitcod
