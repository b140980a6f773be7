// SPDX-License-Identifier: Apache-2.0
#include "hw_models/global_buffer/global_buffer.hpp"

#include <algorithm>

namespace vitcod {

GlobalBuffer::GlobalBuffer(const sc_core::sc_module_name& name, Clock& clock,
                           const GlobalBufferConfig& config, StatGroup& parent)
    : Block(name, clock), config_(config), stats_(parent, basename()) {}

Cycle GlobalBuffer::port_cycles(const Packet& packet) const {
  return config_.port_bytes_per_cycle.beat_cycles(packet.bytes);
}

Cycle GlobalBuffer::tick(Cycle now) {
  free_staging(now);
  send(now);
  accept(now);
  Cycle next = kOnLink;
  if (writing_.at(now)) next = std::min(next, writing_.end());
  if (reading_.at(now)) next = std::min(next, reading_.end());
  if (!packets_.empty() && packets_.front().readable_at > now) {
    next = std::min(next, packets_.front().readable_at);
  }
  const bool moving = writing_.at(now) || reading_.at(now);
  cycles_.standing(moving             ? Activity::kTransferring
                   : packets_.empty() ? Activity::kIdle
                                      : Activity::kReaderBusy);
  return next;
}

void GlobalBuffer::free_staging(Cycle now) {
  if (freed_in.size() > 0 && freed_in->valid()) staged_bytes_ -= freed_in->pop().bytes;
  if (reading_.at(now) || reading_bytes_ == 0) return;
  staged_bytes_ -= reading_bytes_;
  if (freed_out.size() > 0) freed_out->push(StagingFreed{reading_bytes_});
  reading_bytes_ = 0;
}

void GlobalBuffer::send(Cycle now) {
  if (packets_.empty() || packets_.front().readable_at > now || reading_.at(now)) return;
  if (!packet_out->ready()) return;
  Packet packet = std::move(packets_.front().packet);
  packets_.pop_front();
  reading_.begin(now, port_cycles(packet));
  reading_bytes_ = packet.in_dram && freed_in.size() == 0 ? packet.bytes : 0;
  bytes_read_ += packet.bytes;
  packet_out->push(std::move(packet));
}

void GlobalBuffer::accept(Cycle now) {
  if (writing_.at(now) || !packet_in->valid()) return;
  const Packet& front = packet_in->front();
  const std::uint64_t bytes = front.in_dram ? front.bytes : 0;
  if (staged_bytes_ + bytes > config_.staging_bytes) return;
  Packet packet = packet_in->pop();
  keep_or_fetch(packet);
  staged_bytes_ += bytes;
  peak_bytes_.raise_to(staged_bytes_);
  writing_.begin(now, bytes > 0 ? port_cycles(packet) : 1);
  bytes_written_ += bytes;
  packets_.push_back(Stored{std::move(packet), writing_.end()});
}

/// What an earlier load left here has no values of its own: it takes those that stayed.
void GlobalBuffer::keep_or_fetch(Packet& packet) {
  if (!packet.in_dram) {
    const auto kept = resident_.find(packet.address);
    if (kept == resident_.end()) return;
    packet.payload = kept->second;
  }
  if (packet.payload == nullptr) return;
  if (packet.stays) {
    resident_[packet.address] = packet.payload;
  } else {
    resident_.erase(packet.address);
  }
}

}  // namespace vitcod
