// SPDX-License-Identifier: Apache-2.0
#include "hw_models/sparser_engine/sparser_engine.hpp"

namespace vitcod {

SparserEngine::SparserEngine(const sc_core::sc_module_name& name, Clock& clock,
                             const SparserEngineConfig& config, const MacLinesConfig& lines,
                             const std::optional<QueryForwardingConfig>& forwarding,
                             const LocalBufferConfig& denser_qv_buffer, const EngineValues& values,
                             StatGroup& parent)
    : Engine(name, clock, lines, parent),
      line_statistics_("mac_lines", clock, lines.lines, statistics()),
      qv_buffer_("qv_buffer", clock, config.qv_buffer, statistics(), lines.lines),
      ks_buffer_("ks_buffer", clock, config.ks_buffer, statistics(), lines.lines),
      score_buffer_("score_buffer", clock, config.score_buffer, statistics(), lines.lines),
      score_unit_("score_unit", clock, config.score_unit, statistics()),
      index_buffer_("index_buffer", clock, config.index_buffer, statistics()),
      spmm_controller_(config.spmm_controller, index_buffer_),
      values_(values) {
  if (forwarding) {
    forwarding_ = std::make_unique<QueryForwarding>("query_forwarding", clock, *forwarding,
                                                    denser_qv_buffer, statistics(), lines.lines);
  }
}

std::unique_ptr<PhaseMachine> SparserEngine::make_phase(const Kernel& kernel, Cycle start) {
  SparserScores& scores =
      scores_of_key_tile(scores_, kernel_as<EngineKernel>(kernel).tile->key_tile);
  LinkReadIf<FetchedQuery>* const fetched =
      fetched_in.size() == 0 ? nullptr : fetched_in.operator->();
  const LineSplit& split = kernel_as<EngineKernel>(kernel).split;
  line_statistics_.reconfigure += std::uint64_t{split.sparser_lines} * lines().reconfigure_cycles;
  const SparserParts parts{
      qv_buffer_,        ks_buffer_,       score_buffer_, score_unit_, spmm_controller_,
      forwarding_.get(), line_statistics_, values_,       scores,      fetched};
  if (const auto* sddmm = dynamic_cast<const SddmmKernel*>(&kernel)) {
    return std::make_unique<SparserSddmm>(*sddmm, lines(), parts, start);
  }
  return std::make_unique<SparserSpmm>(kernel_as<SpmmKernel>(kernel), lines(), parts,
                                       *row_out.operator->(), start);
}

}  // namespace vitcod
