// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "hw_models/dram/channel_controller.hpp"

namespace vitcod {

/// The command bus (or the row and the column bus) of one channel, or of the pseudo channels that
/// share it. In a clock each controller sends what its plan holds for the clock; a command keeps
/// the others off its bus for its length. Where several could send, the turn goes round: first the
/// one after the last sender. So a command waits for one command of each other channel at most.
class CommandBus {
 public:
  /// A channel with the rest of what it does in a clock.
  class Member {
   public:
    virtual ~Member() = default;
    virtual ChannelController& controller() = 0;
    /// Takes what comes in in clock `now`.
    virtual void begin(Cycle now) = 0;
    /// Is told what the clock brought.
    virtual void end(Cycle now, const DramStep& step) = 0;
  };

  /// `member` must outlive the bus' last step.
  void join(Member& member);
  bool is_shared() const { return seats_.size() > 1; }

  /// Does the work of clock `now` for all members; a second call in a clock does nothing. So the
  /// members may run in any order within a clock: the first one's call does the work of all. Clocks
  /// in which no member has anything to do may be left out.
  void step(Cycle now);

 private:
  struct Seat {
    Member* member = nullptr;
    ChannelController* controller = nullptr;
    DramStep step;
  };

  /// The work of a clock where nobody shares the bus.
  static void step_alone(Seat& seat, Cycle now);
  Seat* next_sender(Cycle now);

  std::vector<Seat> seats_;
  std::size_t turn_ = 0;  ///< the seat that goes first
  Cycle done_until_ = 0;  ///< the work of all clocks before is done
};

}  // namespace vitcod
