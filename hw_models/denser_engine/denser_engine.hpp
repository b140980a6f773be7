// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "hw_models/denser_engine/denser_engine_config.hpp"
#include "hw_models/denser_engine/denser_sddmm.hpp"
#include "hw_models/denser_engine/denser_spmm.hpp"
#include "hw_models/engine/engine.hpp"
#include "hw_models/query_forwarding/query_forwarding.hpp"

namespace vitcod {

/// The denser engine: the first Ng columns of each head, computed as a full rectangle with one Q
/// row (or V row) broadcast to the lines of a head. SDDMM: DenserSddmm. SpMM: DenserSpmm.
class DenserEngine final : public Engine {
 public:
  DenserEngine(const sc_core::sc_module_name& name, Clock& clock, const EngineConfig& config,
               const MacLinesConfig& lines, const EngineValues& values, StatGroup& parent);

  /// The rows of the Q/V buffer are also forwarded, through `forwarding`.
  void forward_rows(QueryForwarding& forwarding) {
    forwarding_ = &forwarding;
    forwarding.serve_by(*this);
  }

  std::uint64_t macs_done() const { return line_statistics_.macs.value(); }

 private:
  std::unique_ptr<PhaseMachine> make_phase(const Kernel& kernel, Cycle start) override;
  bool serve_others(Cycle now) override {
    return forwarding_ != nullptr && forwarding_->serve(now, qv_buffer_);
  }

  LineStatistics line_statistics_;
  LocalBuffer qv_buffer_;
  LocalBuffer ks_buffer_;
  ScoreBuffer score_buffer_;
  ScoreUnit score_unit_;
  QueryForwarding* forwarding_ = nullptr;
  const EngineValues values_;
  std::vector<DenserScores> scores_;  ///< by key tile of the rows
};

}  // namespace vitcod
