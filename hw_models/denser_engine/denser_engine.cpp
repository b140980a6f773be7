// SPDX-License-Identifier: Apache-2.0
#include "hw_models/denser_engine/denser_engine.hpp"

namespace vitcod {

DenserEngine::DenserEngine(const sc_core::sc_module_name& name, Clock& clock,
                           const EngineConfig& config, const MacLinesConfig& lines,
                           const EngineValues& values, StatGroup& parent)
    : Engine(name, clock, lines, parent),
      line_statistics_("mac_lines", clock, lines.lines, statistics()),
      qv_buffer_("qv_buffer", clock, config.qv_buffer, statistics(), lines.lines),
      ks_buffer_("ks_buffer", clock, config.ks_buffer, statistics(), lines.lines),
      score_buffer_("score_buffer", clock, config.score_buffer, statistics(), lines.lines),
      score_unit_("score_unit", clock, config.score_unit, statistics()),
      values_(values) {}

bool DenserEngine::serve_others(Cycle now) {
  if (forwarding_ == nullptr) return false;
  if (window_ != nullptr) window_->store_rows(now, qv_buffer_);
  bool has_more = forwarding_->serve(now, qv_buffer_);
  const QueryForwarding::Missed* missed = forwarding_->next_missed();
  if (missed == nullptr) return has_more;
  if (fetch_out->ready()) {
    fetch_out->push(fetch_of(*missed));
    forwarding_->pop_missed();
  }
  return has_more || forwarding_->next_missed() != nullptr;
}

RowFetch DenserEngine::fetch_of(const QueryForwarding::Missed& missed) const {
  const QueryStream& queries = kernel_->queries;
  RowFetch fetch;
  fetch.head = value_of(missed.head);
  fetch.line = missed.line;
  fetch.packet.transfer = queries.transfer;
  fetch.packet.address = queries.addresses[value_of(missed.head)] +
                         std::uint64_t{value_of(missed.row)} * queries.row_bytes;
  fetch.packet.bytes = queries.row_bytes;
  fetch.packet.num_rows = 1;
  return fetch;
}

std::unique_ptr<PhaseMachine> DenserEngine::make_phase(const Kernel& kernel, Cycle start) {
  DenserScores& scores =
      scores_of_key_tile(scores_, kernel_as<EngineKernel>(kernel).tile->key_tile);
  const LineSplit& split = kernel_as<EngineKernel>(kernel).split;
  line_statistics_.reconfigure += std::uint64_t{split.denser_lines} * lines().reconfigure_cycles;
  const DenserParts parts{qv_buffer_,       ks_buffer_, score_buffer_, score_unit_,
                          line_statistics_, values_,    scores,        forwarding_ != nullptr,
                          window_};
  if (const auto* sddmm = dynamic_cast<const SddmmKernel*>(&kernel)) {
    kernel_ = sddmm;
    return std::make_unique<DenserSddmm>(*sddmm, lines(), parts, start);
  }
  return std::make_unique<DenserSpmm>(kernel_as<SpmmKernel>(kernel), lines(), parts,
                                      *row_out.operator->(), start);
}

}  // namespace vitcod
