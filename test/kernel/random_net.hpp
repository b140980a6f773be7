// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/kernel/scheduler.hpp"

namespace vitcod::test {

/// A planted fault of the queue blocks of a net: each sleeps too long.
enum class Fault {
  kNone,
  kWakesLate,         ///< a beat that waits for its ready cycle is sent one cycle after it
  kSleepsAfterMoving  ///< after moving a beat it waits for its neighbours only
};

/// One queue of a chain.
struct QueuePlan {
  bool in_second_clock = false;
  std::uint32_t depth = 1;       ///< beats inside
  std::uint32_t latency = 1;     ///< cycles from arrival to the earliest departure
  std::uint32_t link_depth = 1;  ///< of the link that feeds it
  std::uint32_t stall_percent = 0;
};

/// A random net: chains of producer and queues, which end in one consumer.
struct NetPlan {
  struct Chain {
    std::uint32_t num_beats = 1;
    std::uint32_t burst = 1;  ///< beats that the producer pushes ahead of time at once
    std::uint32_t gap = 1;    ///< cycles between the beats of a burst
    std::uint32_t stall_percent = 0;
    std::vector<QueuePlan> queues;
  };
  std::uint64_t seed = 0;
  std::uint64_t core_khz = 1;
  std::uint64_t other_khz = 1;
  std::uint32_t consumer_link_depth = 1;
  std::uint32_t consumer_stall_percent = 0;
  std::vector<Chain> chains;
};

NetPlan make_random_net(std::uint64_t seed);

/// Runs the net and writes down all that must not depend on the run mode: when each beat arrived,
/// the cycles of each block by reason, and the length of the run in both clocks.
std::string run_net(const NetPlan& plan, const RunMode& mode, Fault fault = Fault::kNone);

}  // namespace vitcod::test
