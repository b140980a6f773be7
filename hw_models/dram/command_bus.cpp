// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dram/command_bus.hpp"

namespace vitcod {

void CommandBus::join(Member& member) {
  seats_.push_back({&member, &member.controller(), DramStep{}});
}

void CommandBus::step(Cycle now) {
  if (now < done_until_) return;
  done_until_ = now + 1;
  if (!is_shared()) {
    step_alone(seats_.front(), now);
    return;
  }
  for (Seat& seat : seats_) {
    seat.step = DramStep{};
    seat.member->begin(now);
    seat.controller->begin_clock(now);
  }
  while (Seat* const sender = next_sender(now)) {
    const DramCommand command = sender->controller->send(now, sender->step);
    for (Seat& seat : seats_) {
      if (&seat != sender) seat.controller->yield_bus(command, now);
    }
  }
  for (Seat& seat : seats_) {
    seat.controller->end_clock(now);
    seat.member->end(now, seat.step);
  }
}

void CommandBus::step_alone(Seat& seat, Cycle now) {
  seat.step = DramStep{};
  seat.member->begin(now);
  seat.controller->begin_clock(now);
  while (seat.controller->can_send(now)) seat.controller->send(now, seat.step);
  seat.controller->end_clock(now);
  seat.member->end(now, seat.step);
}

CommandBus::Seat* CommandBus::next_sender(Cycle now) {
  std::size_t at = turn_;
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    Seat& seat = seats_[at];
    at = at + 1 == seats_.size() ? 0 : at + 1;
    if (!seat.controller->can_send(now)) continue;
    turn_ = at;
    return &seat;
  }
  return nullptr;
}

}  // namespace vitcod
