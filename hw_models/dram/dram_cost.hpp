// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "hw_models/dram/dram_config.hpp"
#include "sim/base/rate.hpp"

namespace vitcod {

/// What an unloaded DRAM takes, in cycles of the accelerator's clock.
struct DramCost {
  double bytes_per_cycle = kUnbounded;  ///< peak of all channels
  double read_cycles = 0;               ///< from the request to the data, of a row that is closed
};

/// A row is opened (about as long as a read takes), read, and its data handed on.
inline DramCost cost_of(const DramConfig& config, std::uint64_t clock_khz) {
  const double clocks_a_cycle = double(config.clock_khz) / double(clock_khz);
  const double read_clocks = 2.0 * config.commands.read_data_clocks +
                             config.commands.burst_span_clocks + config.controller.response_clocks;
  DramCost cost;
  cost.bytes_per_cycle = double(config.peak_bytes_per_second()) / (double(clock_khz) * 1e3);
  cost.read_cycles = read_clocks / clocks_a_cycle;
  return cost;
}

}  // namespace vitcod
