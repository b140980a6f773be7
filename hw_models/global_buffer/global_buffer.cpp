// SPDX-License-Identifier: Apache-2.0
#include "hw_models/global_buffer/global_buffer.hpp"

#include <algorithm>

namespace vitcod {

GlobalBuffer::GlobalBuffer(const sc_core::sc_module_name& name, Clock& clock,
                           const GlobalBufferConfig& config, StatGroup& parent)
    : Block(name, clock), config_(config), stats_(parent, basename()) {
  account_until(kOnLink);  // settle() does
}

Cycle GlobalBuffer::port_cycles(const Packet& packet) const {
  return config_.port_bytes_per_cycle.beat_cycles(packet.bytes);
}

Cycle GlobalBuffer::tick(Cycle now) {
  settle(now);
  free_staging(now);
  send(now);
  accept(now);
  cycles_.standing(packets_.empty() ? Activity::kIdle : Activity::kReaderBusy);
  return next_change(now);
}

/// What moves, moves to its end, whether the block runs then or not.
void GlobalBuffer::settle(Cycle cycles) {
  const Cycle moved =
      std::clamp(std::max(writing_.end(), reading_.end()), accounted_until_, cycles);
  cycles_.pass(Activity::kTransferring, accounted_until_, moved);
  cycles_.pass(moved, cycles);
  accounted_until_ = cycles;
}

/// The next cycle in which something may be done, but for a packet or room that a link brings.
Cycle GlobalBuffer::next_change(Cycle now) const {
  Cycle next = lacks_staging() ? freed_.next() : kOnLink;
  if (writing_.at(now) && packet_in->valid()) next = std::min(next, writing_.end());
  if (reading_.at(now) && (reading_bytes_ > 0 || !packets_.empty())) {
    next = std::min(next, reading_.end());
  }
  if (!packets_.empty() && packets_.front().readable_at > now) {
    next = std::min(next, packets_.front().readable_at);
  }
  return next;
}

void GlobalBuffer::start_of_simulation() {
  if (freed_in.size() == 0) return;
  freed_in->take_all([this](const StagingFreed& freed, Cycle seen) {
    freed_.add(freed, seen);
    if (lacks_staging()) clock().wake(*this, seen);
  });
}

/// A packet waits, and there is no room for it.
bool GlobalBuffer::lacks_staging() const {
  if (!packet_in->valid()) return false;
  const Packet& front = packet_in->front();
  return front.in_dram && staged_bytes_ + front.bytes > config_.staging_bytes;
}

void GlobalBuffer::free_staging(Cycle now) {
  staged_bytes_ -= freed_.take(now);
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
  if (writing_.at(now) || !packet_in->valid() || lacks_staging()) return;
  Packet packet = packet_in->pop();
  const std::uint64_t bytes = packet.in_dram ? packet.bytes : 0;
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
