// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>

#include "hw_models/dram/channel_controller.hpp"
#include "hw_models/dram/command_bus.hpp"
#include "hw_models/dram/dram_config.hpp"
#include "hw_models/dram/dram_energy.hpp"
#include "hw_models/dram/dram_messages.hpp"
#include "hw_models/dram/dram_statistics.hpp"
#include "sim/base/stats.hpp"
#include "sim/kernel/block.hpp"
#include "sim/kernel/link.hpp"

namespace vitcod {

/// One channel of the memory with its controller, in the DRAM's clock domain. Takes at most one
/// request (a run of bursts) a clock and gives at most one response a clock. Unloaded latency of a
/// one-burst read, from the clock in which the request is visible to the push of the response:
/// [tRP +] [tRCD +] read_data_clocks + burst_clocks + response_clocks.
/// The two links are the seam at which a foreign memory model can stand in: any Block with these
/// two ports and this meaning of the beats will do (wire it in the one function that makes the
/// channels of a machine).
class DramChannel final : public Block, private CommandBus::Member {
 public:
  LinkIn<DramRequest> request_in{"request_in"};
  LinkOut<DramResponse> response_out{"response_out"};

  /// The clock must run at config.clock_khz. `config` must have passed validate(). The channel
  /// joins `bus`, which channels of one clock may share.
  DramChannel(const sc_core::sc_module_name& name, Clock& clock, const DramConfig& config,
              CommandBus& bus, StatGroup& parent_stats);

  /// Tells `listener` of every command from now on; null for none.
  void set_listener(DramCommandListener* listener) { controller_.set_listener(listener); }

  /// What the channel did in a run of `num_clocks` DRAM clocks.
  DramActivity activity_counts(Cycle num_clocks) const { return controller_.activity(num_clocks); }

 private:
  /// Counted in command time: the clocks from a column command to the end of its slot on the data
  /// bus are kDataBus, although the data itself passes a constant latency later.
  enum class Activity { kIdle, kDataBus, kRefresh, kBankTiming, kDataLatency, kResponseBlocked };
  static constexpr std::size_t kNumActivities = 6;

  /// A finished run. It holds its place from the request to the response.
  struct Response {
    std::uint64_t id = 0;
    Cycle due = 0;  ///< clock of the push, at the earliest
  };

  Cycle tick(Cycle now) override;
  CycleAccount& cycle_account() override { return cycles_; }

  ChannelController& controller() override { return controller_; }
  void begin(Cycle now) override;
  void end(Cycle, const DramStep& step) override { step_ = step; }

  void settle(Cycle cycles) override;
  void start_of_simulation() override;

  bool runs_late() const;
  void note_future();
  void push_responses(Cycle now);
  void do_clock(Cycle now);
  void do_clocks_before(Cycle end);
  void enter_run();
  bool run_train(Cycle end);
  void account(Cycle end);
  void note_column(Cycle clock);
  Cycle next_change(Cycle clock);
  Activity activity_after(Cycle clock) const;
  Cycle next_wake(Cycle now) const;

  const std::uint32_t burst_clocks_;
  const std::uint32_t response_clocks_;
  const Cycle least_answer_clocks_;
  const std::uint64_t max_outstanding_;

  ChannelController controller_;
  CommandBus& bus_;
  DramStep step_;              ///< of the last clock that the bus did
  Cycle stepped_until_ = 0;    ///< the controller has done the work of all clocks before
  Cycle resume_at_ = 0;        ///< and has nothing to do in the clocks before this one
  Cycle accounted_until_ = 0;  ///< clocks before are in the account
  Cycle last_due_ = 0;         ///< of the last response
  Cycle last_push_ = 0;
  std::deque<Response> responses_;  ///< not pushed
  std::deque<Cycle> released_;      ///< clocks of the pushes: the place is free in the next
  std::uint64_t outstanding_ = 0;   ///< runs that hold a place

  StatGroup stats_;
  CycleBreakdown<Activity, kNumActivities> cycles_;
  DramStatistics statistics_;
};

}  // namespace vitcod
