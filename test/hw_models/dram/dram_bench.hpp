// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "hw_models/dram/dram_channel.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/trace_replay.hpp"
#include "sim/base/json.hpp"
#include "sim/kernel/scheduler.hpp"

namespace vitcod::test {

/// A preset as it is shipped, with another number of channels.
DramConfig preset(const std::string& name, std::uint32_t channels = 1);
/// The names of all shipped presets.
std::vector<std::string> preset_names();

/// What a bench of channels between a source and a sink each saw.
struct BenchResult {
  Cycle clocks = 0;                                      ///< of the accelerator
  std::vector<std::vector<DramCommandRecord>> commands;  ///< channel
  std::vector<std::vector<std::uint64_t>> response_ids;  ///< channel, in order of arrival
  std::vector<std::vector<Cycle>> response_clocks;       ///< accelerator's, channel
  std::string statistics;                                ///< of all channels, JSON
  std::uint64_t num_wakeups = 0;                         ///< of all blocks: depends on the mode
};

struct BenchOptions {
  RunMode mode;
  std::uint64_t accelerator_khz = 500'000;
  std::uint64_t stall_seed = 0;        ///< 0: source and sink never stall
  std::uint32_t stall_sixteenths = 0;  ///< share of cycles in which source or sink do nothing
  std::size_t link_depth = 4;
  bool record_commands = true;
};

/// Sends requests[channel] through one DramChannel each and takes the responses.
BenchResult run_bench(const DramConfig& config,
                      const std::vector<std::vector<DramRequest>>& requests,
                      const BenchOptions& options);

}  // namespace vitcod::test
