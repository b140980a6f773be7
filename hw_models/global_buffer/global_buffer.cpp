// SPDX-License-Identifier: Apache-2.0
#include "hw_models/global_buffer/global_buffer.hpp"

#include <algorithm>

namespace vitcod {

GlobalBuffer::GlobalBuffer(const sc_core::sc_module_name& name, Clock& clock,
                           const GlobalBufferConfig& config, StatGroup& parent)
    : Block(name, clock), config_(config), stats_(parent, basename()) {}

Cycle GlobalBuffer::port_cycles(const Packet& packet) const {
  const std::uint32_t width = config_.port_bytes_per_cycle;
  return std::max<Cycle>(1, (packet.bytes + width - 1) / width);
}

Cycle GlobalBuffer::tick(Cycle now) {
  free_staging(now);
  send(now);
  accept(now);
  Cycle next = kOnLink;
  if (write_until_ > now) next = std::min(next, write_until_);
  if (read_until_ > now) next = std::min(next, read_until_);
  if (!packets_.empty() && packets_.front().readable_at > now) {
    next = std::min(next, packets_.front().readable_at);
  }
  const bool moving = write_until_ > now || read_until_ > now;
  cycles_.standing(moving             ? Activity::kTransferring
                   : packets_.empty() ? Activity::kIdle
                                      : Activity::kReaderBusy);
  return next;
}

void GlobalBuffer::free_staging(Cycle now) {
  if (freed_in.size() > 0 && freed_in->valid()) staged_bytes_ -= freed_in->pop().bytes;
  if (read_until_ > now || reading_bytes_ == 0) return;
  staged_bytes_ -= reading_bytes_;
  if (freed_out.size() > 0) freed_out->push(StagingFreed{reading_bytes_});
  reading_bytes_ = 0;
}

void GlobalBuffer::send(Cycle now) {
  if (packets_.empty() || packets_.front().readable_at > now || read_until_ > now) return;
  if (!packet_out->ready()) return;
  const Packet& packet = *packets_.front().packet;
  packets_.pop_front();
  packet_out->push(PacketRef{&packet});
  read_until_ = now + port_cycles(packet);
  reading_bytes_ = packet.in_dram && freed_in.size() == 0 ? packet.bytes : 0;
  bytes_read_ += packet.bytes;
}

void GlobalBuffer::accept(Cycle now) {
  if (write_until_ > now || !packet_in->valid()) return;
  const Packet& packet = *packet_in->front().packet;
  const std::uint64_t bytes = packet.in_dram ? packet.bytes : 0;
  if (staged_bytes_ + bytes > config_.staging_bytes) return;
  packet_in->pop();
  staged_bytes_ += bytes;
  peak_bytes_.raise_to(staged_bytes_);
  write_until_ = now + (bytes > 0 ? port_cycles(packet) : 1);
  bytes_written_ += bytes;
  packets_.push_back(Stored{&packet, write_until_});
}

}  // namespace vitcod
