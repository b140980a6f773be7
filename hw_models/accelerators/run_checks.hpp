// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/base/stats.hpp"

namespace vitcod {

/// What a run's parts counted, each at its own place.
struct RunTotals {
  std::uint64_t macs_done = 0;   ///< by the engines' lines
  std::uint64_t macs_asked = 0;  ///< by the trace, denser blocks in full
  std::uint64_t multipliers = 0;
  std::uint64_t lines = 0;
  std::uint64_t line_cycles = 0;  ///< in which units had them
  std::uint64_t shifts_done = 0;  ///< likewise
  std::uint64_t shifts_asked = 0;
  std::uint64_t shifters = 0;
  std::uint64_t additions_done = 0;  ///< by codes
  std::uint64_t additions_asked = 0;
  std::uint64_t adders = 0;
  std::uint64_t sums_carried_out = 0;  ///< bytes of linear layers' sums, to the output buffer
  std::uint64_t sums_carried_in = 0;   ///< and back
  Cycle cycles = 0;
  std::uint64_t dram_bytes_read = 0;  ///< as the channels moved them
  std::uint64_t dram_bytes_written = 0;
  std::uint64_t burst_bytes_read = 0;  ///< as the DMA engine asked for them
  std::uint64_t burst_bytes_written = 0;
  Cycle dram_clocks = 0;
  double dram_bytes_per_clock = 0;    ///< peak, of all channels
  std::uint64_t bytes_loaded = 0;     ///< of tensors, that the DMA engine started to load
  std::uint64_t bytes_stored = 0;     ///< likewise to store
  std::uint64_t bytes_to_store = 0;   ///< of all outputs of the trace
  std::uint64_t buffers_written = 0;  ///< weight and input buffer
  std::uint64_t output_buffer_written = 0;
  std::uint64_t output_buffer_read = 0;
};

/// What is counted at two places must agree: MACs, bytes at the DRAM interface, bytes in the
/// buffers, sums that wait there, bytes of the outputs. Throws ModelError that names what differs.
void check_conservation(const RunTotals& totals);

/// No line is in two units at a time, and no run is faster than its MACs on all multipliers, its
/// shifts on all shifters and its additions on all add lanes, one after the other since the lines
/// do one of them, nor than its bytes at peak bandwidth. Throws ModelError.
void check_floor(const RunTotals& totals);

}  // namespace vitcod
