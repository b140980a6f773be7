// SPDX-License-Identifier: Apache-2.0
#include "hw_models/gemm_engine/gemm_port.hpp"

namespace vitcod {

GemmPort::GemmPort(const sc_core::sc_module_name& name, Clock& clock,
                   const GemmEngineConfig& config, GemmContents* contents, StatGroup& parent)
    : Block(name, clock),
      width_(config.write_bytes_per_cycle),
      contents_(contents),
      stats_(parent, basename()) {}

Cycle GemmPort::tick(Cycle now) {
  if (busy_.at(now)) return busy_.end();
  if (!packet_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  if (!delivery_out->ready()) {
    cycles_.standing(Activity::kControllerBlocked);
    return kOnLink;
  }
  const Packet packet = packet_in->pop();
  const auto& placement = placement_as<GemmPlacement>(packet);
  if (packet.payload != nullptr) contents_->write(placement, packet);
  bytes_ += packet.bytes;
  const std::uint64_t begin = placement.place(packet.offset);
  const std::uint64_t end = placement.place(packet.offset + packet.bytes - 1) + 1;
  busy_.begin(now, width_.beat_cycles(end - begin));
  cycles_.standing(Activity::kWriting);
  delivery_out->push_at(Delivery{packet.transfer}, busy_.last());
  if (stepped() || packet_in->valid()) return busy_.end();
  pass_until(busy_.end());  // only a new packet changes what follows
  cycles_.standing(Activity::kIdle);
  return kOnLink;
}

}  // namespace vitcod
