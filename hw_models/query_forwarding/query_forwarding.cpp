// SPDX-License-Identifier: Apache-2.0
#include "hw_models/query_forwarding/query_forwarding.hpp"

namespace vitcod {
namespace {

LocalBufferConfig with_ports(LocalBufferConfig config, std::uint32_t ports_per_bank) {
  config.ports_per_bank = ports_per_bank;
  return config;
}

}  // namespace

QueryForwarding::QueryForwarding(const sc_core::sc_module_name& name, Clock& clock,
                                 const QueryForwardingConfig& config,
                                 const LocalBufferConfig& denser_buffer, StatGroup& parent)
    : Module(name, clock),
      config_(config),
      stats_(parent, basename()),
      port_("forwarding_port", clock, with_ports(denser_buffer, config.ports_per_bank), stats_) {}

Cycle QueryForwarding::request(Cycle now, std::uint32_t row) {
  if (current_ != now + 1) {
    count_current();
    current_ = now + 1;
    crossed_ = 0;
    width_exceeded_ = false;
  }
  if (crossed_ == config_.requests_per_cycle) {
    width_exceeded_ = true;
    return 0;
  }
  const Cycle available = port_.request(now, row);
  if (available == 0) return 0;
  ++crossed_;
  ++hits_;
  return available + config_.latency_cycles;
}

/// What the cycle of the last requests was is known when the next ones come.
void QueryForwarding::count_current() {
  if (crossed_ == 0) return;
  const Cycle cycle = current_ - 1;
  cycles_.pass(Activity::kIdle, counted_until_, cycle);
  cycles_.pass(width_exceeded_ ? Activity::kWidthExceeded : Activity::kForwarding, cycle, current_);
  counted_until_ = current_;
}

void QueryForwarding::finish(Cycle cycles) {
  count_current();
  check(counted_until_ <= cycles, "rows were forwarded in more cycles than the run has");
  cycles_.pass(Activity::kIdle, counted_until_, cycles);
}

}  // namespace vitcod
