// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/local_buffer/local_buffer.hpp"
#include "hw_models/query_forwarding/query_forwarding_config.hpp"

namespace vitcod {

/// Query-based Q forwarding (ViTCoD section V): the sparser engine looks a Q row up in the denser
/// engine's Q/V buffer first. Forwarded rows leave through read ports of their own, so the denser
/// engine is not slowed down; the sparser engine's lines contend for these ports and for the width
/// of the crossing. A granted row can be used buffer access + latency_cycles later.
class QueryForwarding final : public Module {
 public:
  /// `denser_buffer`: the geometry of the denser engine's Q/V buffer.
  QueryForwarding(const sc_core::sc_module_name& name, Clock& clock,
                  const QueryForwardingConfig& config, const LocalBufferConfig& denser_buffer,
                  StatGroup& parent);

  void begin(std::uint32_t row_bytes, std::uint32_t num_banks) {
    port_.begin(row_bytes, num_banks);
  }

  /// Cycles from a granted request to the row.
  Cycle access_cycles() const { return port_.latency_cycles() + config_.latency_cycles; }

  /// Asks for `row`, which is known to be in the denser engine's buffer, in cycle `now`. Returns
  /// the cycle from which it can be used, or 0 if it must be asked for again.
  Cycle request(Cycle now, std::uint32_t row);

  /// A look-up that found nothing: the row comes from the sparser engine's own buffer.
  void note_miss() { ++misses_; }

  void finish(Cycle cycles) override;
  const CycleAccount* account() const override { return &cycles_; }

 private:
  enum class Activity { kIdle, kForwarding, kWidthExceeded };

  void count_current();

  const QueryForwardingConfig config_;
  Cycle current_ = 0;  ///< cycle of the last request, plus one
  std::uint32_t crossed_ = 0;
  bool width_exceeded_ = false;
  Cycle counted_until_ = 0;  ///< cycles before are in the account

  StatGroup stats_;
  LocalBuffer port_;
  Counter hits_{stats_, "hits", "rows forwarded from the denser engine's Q/V buffer"};
  Counter misses_{stats_, "misses", "rows that the denser engine's Q/V buffer does not hold"};
  CycleBreakdown<Activity, 3> cycles_{stats_, {"idle", "forwarding", "width_exceeded"}};
};

}  // namespace vitcod
