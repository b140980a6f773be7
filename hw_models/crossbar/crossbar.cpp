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
  Cycle next = kOnLink;  // at which a packet that waits for a port goes on
  bool waits = false;    // a packet, for a port or for room
  std::size_t next_first = first_input_;
  for (std::size_t i = 0; i < packet_in.size(); ++i) {
    std::size_t input = first_input_ + i;
    if (input >= packet_in.size()) input -= packet_in.size();
    if (!(*packet_in[input])->valid()) continue;
    if (input_free_[input] <= now && try_start(input, now)) {
      next_first = input + 1 == packet_in.size() ? 0 : input + 1;
      if (!(*packet_in[input])->valid()) continue;
    }
    waits = true;
    next = std::min(next, ports_free(input, now));
  }
  first_input_ = next_first;
  return stand(next, waits, now);
}

/// When all ports that the waiting packet of an input takes are free; kOnLink if they are, and only
/// room behind an output is missing.
Cycle Crossbar::ports_free(std::size_t input, Cycle now) const {
  Cycle free_at = input_free_[input];
  for (std::uint32_t left = (*packet_in[input])->front().outputs; left != 0; left &= left - 1) {
    free_at = std::max(free_at, output_free_[static_cast<std::size_t>(std::countr_zero(left))]);
  }
  return free_at > now ? free_at : kOnLink;
}

/// Says what goes on from here. If no packet waits for a port, those under way run to their end:
/// only a new one, or room, changes that.
Cycle Crossbar::stand(Cycle next, bool waits, Cycle now) {
  const Cycle last = *std::max_element(input_free_.begin(), input_free_.end());
  if (last > now && (next != kOnLink || stepped())) {
    cycles_.standing(Activity::kTransferring);
    return next;
  }
  if (last > now) {
    cycles_.standing(Activity::kTransferring);
    pass_until(last);
  }
  cycles_.standing(waits ? Activity::kOutputBlocked : Activity::kIdle);
  return kOnLink;
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
