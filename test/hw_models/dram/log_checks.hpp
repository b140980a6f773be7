// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hw_models/dram/trace_replay.hpp"
#include "test/hw_models/dram/jedec_rules.hpp"

namespace vitcod::test {

/// What the checker found in the log of a run, all channels together.
struct LogVerdict {
  std::vector<std::string> violations;
  std::map<std::string, std::int64_t> slack;  ///< rule: the least in all channels
};

/// Runs the checker over each channel's part of the log, and checks besides: that refreshes are
/// kept, that each request has exactly one column command at its place (decoded here, for the
/// interleaved map), and that the clocks of the requests fit the commands.
LogVerdict check_log(const JedecRules& rules, const DramConfig& config, const DramTrace& trace,
                     const ReplayResult& result);

}  // namespace vitcod::test
