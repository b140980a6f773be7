// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hw_models/engine/engine.hpp"
#include "hw_models/sparser_engine/sparser_engine_config.hpp"
#include "hw_models/sparser_engine/sparser_sddmm.hpp"
#include "hw_models/sparser_engine/sparser_spmm.hpp"

namespace vitcod {

/// The sparser engine: the kept entries outside the denser block, each line on its own column (or
/// each group of lines on its own row). SDDMM: SparserSddmm. SpMM: SparserSpmm.
class SparserEngine final : public Engine {
 public:
  /// `denser_qv_buffer`: geometry of the buffer that Q rows are forwarded from.
  SparserEngine(const sc_core::sc_module_name& name, Clock& clock,
                const SparserEngineConfig& config, const MacLinesConfig& lines,
                const std::optional<QueryForwardingConfig>& forwarding,
                const LocalBufferConfig& denser_qv_buffer, const EngineValues& values,
                StatGroup& parent);

  /// Rows that a window of Q has missed, for lines; unbound if there is none.
  OptionalLinkIn<FetchedQuery> fetched_in{"fetched_in"};

  /// Of Q rows from the denser engine; null if there is none.
  QueryForwarding* forwarding() { return forwarding_.get(); }

  std::uint64_t macs_done() const { return line_statistics_.macs.value(); }
  const LineStatistics& line_statistics() const { return line_statistics_; }

 private:
  std::unique_ptr<PhaseMachine> make_phase(const Kernel& kernel, Cycle start) override;

  LineStatistics line_statistics_;
  LocalBuffer qv_buffer_;
  LocalBuffer ks_buffer_;
  ScoreBuffer score_buffer_;
  ScoreUnit score_unit_;
  IndexBuffer index_buffer_;
  SpmmController spmm_controller_;
  std::unique_ptr<QueryForwarding> forwarding_;
  const EngineValues values_;
  std::vector<SparserScores> scores_;  ///< by key tile of the rows
};

}  // namespace vitcod
