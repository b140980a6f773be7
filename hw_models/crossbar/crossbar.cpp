// SPDX-License-Identifier: Apache-2.0
#include "hw_models/crossbar/crossbar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace vitcod {

Crossbar::Crossbar(const sc_core::sc_module_name& name, Clock& clock, const CrossbarConfig& config,
                   std::vector<OutputMask> ways, std::size_t num_outputs, StatGroup& parent)
    : Block(name, clock),
      config_(config),
      ways_(std::move(ways)),
      input_free_(ways_.size(), 0),
      output_free_(num_outputs, 0),
      stats_(parent, basename()) {
  check(num_outputs <= 8 * sizeof(OutputMask), "a crossbar has more outputs than a mask has bits");
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    packet_in.push_back(std::make_unique<LinkIn<Packet>>(fmt::format("packet_in{}", i).c_str()));
  }
  for (std::size_t o = 0; o < num_outputs; ++o) {
    packet_out.push_back(std::make_unique<LinkOut<Packet>>(fmt::format("packet_out{}", o).c_str()));
  }
}

Cycle Crossbar::tick(Cycle now) {
  bool blocked = false;
  bool waits = false;  // a packet, for its own port or for another
  std::size_t next_first = first_input_;
  for (std::size_t i = 0; i < packet_in.size(); ++i) {
    std::size_t input = first_input_ + i;
    if (input >= packet_in.size()) input -= packet_in.size();
    if (!(*packet_in[input])->valid()) continue;
    if (input_free_[input] <= now) {
      if (try_start(input, now)) {
        next_first = input + 1 == packet_in.size() ? 0 : input + 1;
      } else {
        blocked = true;
      }
    }
    waits = waits || (*packet_in[input])->valid();
  }
  first_input_ = next_first;
  return stand(now, blocked, waits);
}

/// Says what goes on from here. With nobody waiting, the packets under way run to their end: only a
/// new one changes that.
Cycle Crossbar::stand(Cycle now, bool blocked, bool waits) {
  Cycle next = kOnLink;
  Cycle last = 0;
  for (Cycle free_at : input_free_) {
    if (free_at > now) next = std::min(next, free_at);
    last = std::max(last, free_at);
  }
  const bool moving = next != kOnLink;
  if (moving && !waits && !stepped()) {
    cycles_.standing(Activity::kTransferring);
    pass_until(last);
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  cycles_.standing(moving    ? Activity::kTransferring
                   : blocked ? Activity::kOutputBlocked
                             : Activity::kIdle);
  return next;
}

bool Crossbar::try_start(std::size_t input, Cycle now) {
  const OutputMask outputs = (*packet_in[input])->front().outputs;
  check((outputs & ~ways_[input]) == 0, "a packet goes where its input has no way to");
  for (std::uint32_t left = outputs; left != 0; left &= left - 1) {
    const auto o = static_cast<std::size_t>(std::countr_zero(left));
    if (output_free_[o] > now || !(*packet_out[o])->ready()) return false;
  }
  const Packet packet = (*packet_in[input])->pop();
  const Cycle done = now + config_.port_bytes_per_cycle.beat_cycles(packet.bytes);
  for (std::uint32_t left = outputs; left != 0; left &= left - 1) {
    const auto o = static_cast<std::size_t>(std::countr_zero(left));
    (*packet_out[o])->push_at(packet, done - 1);
    output_free_[o] = done;
    bytes_ += packet.bytes;
  }
  input_free_[input] = done;
  ++packets_;
  return true;
}

}  // namespace vitcod
