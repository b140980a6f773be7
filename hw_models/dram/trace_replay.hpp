// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/dram_energy.hpp"
#include "hw_models/dram/dram_trace.hpp"

namespace vitcod {

struct ReplayOptions {
  std::uint64_t window = 0;    ///< requests in flight a channel; 0 is no bound
  bool stepped = false;        ///< every clock is done, as a check of the event-driven form
  bool log_commands = false;   ///< keep all commands
  bool log_latencies = false;  ///< keep the clocks of all requests
};

struct LoggedDramCommand {
  std::uint32_t channel = 0;
  DramCommandRecord record;
};

/// DRAM clocks of a request: taken by the controller; the clock after its last data beat.
struct RequestClocks {
  Cycle accepted = 0;
  Cycle done = 0;
};

struct ReplayResult {
  Cycle clocks = 0;                         ///< from 0 to the last data beat
  std::uint64_t latency_sum = 0;            ///< of done - accepted
  DramActivity activity;                    ///< of all channels
  std::vector<RequestClocks> requests;      ///< in the order of the trace, if asked for
  std::vector<LoggedDramCommand> commands;  ///< by clock, then channel, if asked for
};

/// Runs a trace through the memory alone: the controllers of all channels, without links.
ReplayResult replay(const DramConfig& config, const DramTrace& trace, const ReplayOptions& options);

}  // namespace vitcod
