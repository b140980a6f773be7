// SPDX-License-Identifier: Apache-2.0
#include "hw_models/stream_hub/stream_hub.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_models/packet_unit/stream_placement.hpp"

namespace vitcod {

StreamHub::StreamHub(const sc_core::sc_module_name& name, Clock& clock,
                     const StreamHubConfig& config, std::size_t num_units, StatGroup& parent)
    : Block(name, clock), config_(config), stats_(parent, basename()) {
  for (std::size_t u = 0; u < num_units; ++u) {
    unit_out.push_back(std::make_unique<LinkOut<Packet>>(fmt::format("unit_out{}", u).c_str()));
    unit_in.push_back(std::make_unique<LinkIn<Packet>>(fmt::format("unit_in{}", u).c_str()));
  }
}

Cycle StreamHub::tick(Cycle now) {
  const bool unit_blocks = !in_.at(now) && packet_in->valid() && !pass_in(now);
  const bool output_blocks = !out_.at(now) && !pass_out(now);
  Cycle next = kOnLink;
  for (const Busy& way : {in_, out_}) {
    if (way.at(now)) next = std::min(next, way.end());
  }
  cycles_.standing(next != kOnLink ? Activity::kPassing
                   : output_blocks ? Activity::kOutputBlocked
                   : unit_blocks   ? Activity::kUnitBlocked
                                   : Activity::kIdle);
  return next;
}

/// Passes the packet that waits on, if its unit has room.
bool StreamHub::pass_in(Cycle now) {
  const std::size_t unit = placement_as<StreamPlacement>(packet_in->front()).unit;
  check(unit < unit_out.size(), "a packet came for a unit that the hub does not have");
  if (!(*unit_out[unit])->ready()) return false;
  Packet packet = packet_in->pop();
  in_.begin(now, cycles_of(packet));
  ++packets_;
  bytes_in_ += packet.bytes;
  (*unit_out[unit])->push_at(std::move(packet), in_.last());
  return true;
}

/// Passes a result on, if there is one; false if there is one and no room.
bool StreamHub::pass_out(Cycle now) {
  for (std::size_t i = 0; i < unit_in.size(); ++i) {
    const std::size_t unit = (turn_ + i) % unit_in.size();
    if (!(*unit_in[unit])->valid()) continue;
    if (!packet_out->ready()) return false;
    Packet packet = (*unit_in[unit])->pop();
    out_.begin(now, cycles_of(packet));
    turn_ = (unit + 1) % unit_in.size();
    ++packets_;
    bytes_out_ += packet.bytes;
    packet_out->push_at(std::move(packet), out_.last());
    return true;
  }
  return true;
}

Cycle StreamHub::cycles_of(const Packet& packet) const {
  return config_.port_bytes_per_cycle.beat_cycles(packet.bytes);
}

}  // namespace vitcod
