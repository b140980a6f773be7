// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "hw_models/dram/trace_replay.hpp"

namespace vitcod {

/// The commands of a run as CSV: `clk,cmd,ch,ra,bg,ba,row,col`. `clk` is the clock that JEDEC
/// counts from, the last of a command; `col` counts bursts; fields that a command does not carry
/// are empty.
std::string command_log(const ReplayResult& result);

/// The clocks of the requests as CSV: `id,accept_clk,done_clk`, in the order of the trace.
std::string latency_log(const ReplayResult& result);

}  // namespace vitcod
