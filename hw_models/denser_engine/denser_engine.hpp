// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/denser_engine/denser_engine_config.hpp"
#include "hw_models/denser_engine/denser_sddmm.hpp"
#include "hw_models/denser_engine/denser_spmm.hpp"
#include "hw_models/dma/row_fetch.hpp"
#include "hw_models/engine/engine.hpp"
#include "hw_models/query_forwarding/query_forwarding.hpp"

namespace vitcod {

/// The denser engine: the first Ng columns of each head, computed as a full rectangle with one Q
/// row (or V row) broadcast to the lines of a head. SDDMM: DenserSddmm. SpMM: DenserSpmm.
class DenserEngine final : public Engine {
 public:
  DenserEngine(const sc_core::sc_module_name& name, Clock& clock, const EngineConfig& config,
               const MacLinesConfig& lines, const EngineValues& values, StatGroup& parent);

  /// Rows that the window has missed; unbound if there is none.
  OptionalLinkOut<RowFetch> fetch_out{"fetch_out"};

  /// The rows of the Q/V buffer are also forwarded, through `forwarding`. Those of tiles that ask
  /// for it pass by in `window`, if there is one, which forwarding then looks up; what it has
  /// missed is asked for at `fetch_out`.
  void forward_rows(QueryForwarding& forwarding, QueryWindow* window) {
    forwarding_ = &forwarding;
    window_ = window;
    forwarding.serve_by(*this);
    if (window != nullptr) forwarding.look_up_in(*window);
  }

  std::uint64_t macs_done() const { return line_statistics_.macs.value(); }
  const LineStatistics& line_statistics() const { return line_statistics_; }

 private:
  std::unique_ptr<PhaseMachine> make_phase(const Kernel& kernel, Cycle start) override;
  bool serve_others(Cycle now) override;
  RowFetch fetch_of(const QueryForwarding::Missed& missed) const;

  LineStatistics line_statistics_;
  LocalBuffer qv_buffer_;
  LocalBuffer ks_buffer_;
  ScoreBuffer score_buffer_;
  ScoreUnit score_unit_;
  QueryForwarding* forwarding_ = nullptr;
  QueryWindow* window_ = nullptr;
  const SddmmKernel* kernel_ = nullptr;  ///< of the tile whose rows are forwarded
  const EngineValues values_;
  std::vector<DenserScores> scores_;  ///< by key tile of the rows
};

}  // namespace vitcod
