// SPDX-License-Identifier: Apache-2.0
#include "hw_models/local_buffer/local_buffer.hpp"

#include <algorithm>

namespace vitcod {
LocalBuffer::LocalBuffer(const sc_core::sc_module_name& name, Clock& clock,
                         const LocalBufferConfig& config, StatGroup& parent,
                         std::uint32_t num_lines)
    : Module(name, clock),
      num_ports_(config.ports_per_bank),
      num_ways_(config.ways),
      bytes_per_access_(config.bytes_per_access),
      network_cycles_(config.network_cycles),
      bank_(config.banks),
      banks_(config.banks),
      ways_(LineGroups(config.line_groups, config.ways, num_lines)),
      stats_(parent, basename()) {}

void LocalBuffer::begin(std::uint32_t row_bytes, std::uint32_t num_banks) {
  book_bytes();
  bank_ = Interleaving(std::clamp(num_banks, 1U, static_cast<std::uint32_t>(banks_.size())));
  row_bytes_ = row_bytes;
  access_cycles_ = (row_bytes + bytes_per_access_ - 1) / bytes_per_access_;
}

/// Once a phase, not once a read: all rows of a phase are as wide.
void LocalBuffer::book_bytes() {
  bytes_read_ += (reads_.value() - booked_reads_) * row_bytes_;
  booked_reads_ = reads_.value();
  bytes_sent_ += sent_ * row_bytes_;
  sent_ = 0;
}

/// Accesses under way keep the buffer busy; a refusal may still come for the cycle of the last one,
/// so cycles are counted once a later one is known to be of another kind.
void LocalBuffer::count_until(Cycle cycle) {
  const Cycle busy_until = std::clamp(busy_until_, counted_until_, cycle);
  cycles_.pass(Activity::kBusy, counted_until_, busy_until);
  cycles_.pass(Activity::kIdle, busy_until, cycle);
  counted_until_ = cycle;
}

void LocalBuffer::finish(Cycle cycles) {
  book_bytes();
  check(busy_until_ <= cycles, "a buffer was read in more cycles than the run has");
  count_until(cycles);
  check(double(bytes_sent_.value()) <= double(cycles) * num_ways_ * bytes_per_access_,
        "more bytes were on the ways of a buffer than these carry");
}

}  // namespace vitcod
