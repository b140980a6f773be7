// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/dma.hpp"

#include <fmt/format.h>

namespace vitcod {
namespace {

bool is_weight(const Packet& packet) { return packet.transfer->role == TensorRole::kWeights; }

}  // namespace

Dma::Dma(const sc_core::sc_module_name& name, Clock& clock, const DmaConfig& config,
         const Staging& staging, const AddressMap& address_map, std::uint32_t num_channels,
         StatGroup& parent)
    : Block(name, clock),
      config_(config),
      address_map_(address_map),
      staging_room_(staging),
      slots_(std::size_t{config.read_packets} + config.write_packets),
      runs_(num_channels),
      stats_(parent, basename()) {
  for (std::uint32_t channel = 0; channel < num_channels; ++channel) {
    request_out.push_back(
        std::make_unique<LinkOut<DramRequest>>(fmt::format("request_out{}", channel).c_str()));
    response_in.push_back(
        std::make_unique<LinkIn<DramResponse>>(fmt::format("response_in{}", channel).c_str()));
  }
  for (std::uint32_t i = 0; i < config.read_packets; ++i) free_reads_.push_back(i);
  for (std::uint32_t i = 0; i < config.write_packets; ++i) {
    free_writes_.push_back(config.read_packets + i);
  }
}

Cycle Dma::tick(Cycle now) {
  take_freed();
  bool moved = take_responses();
  moved = report_store() || moved;
  moved = hand_on() || moved;
  moved = take_command() || moved;
  moved = start_load() || moved;
  moved = start_store() || moved;
  moved = issue_runs() || moved;
  // Not handed on, or not started for want of staging.
  const bool waits_for_buffer =
      loads_.empty() ? !streams_.empty() : slots_[loads_.front()].runs_left == 0;
  const bool in_flight =
      !loads_.empty() || free_writes_.size() < std::size_t{config_.write_packets};
  cycles_.standing(moved              ? Activity::kIssuing
                   : waits_for_buffer ? Activity::kWaitBuffer
                   : in_flight        ? Activity::kWaitDram
                                      : Activity::kIdle);
  return moved ? now + 1 : kOnLink;
}

bool Dma::take_responses() {
  bool moved = false;
  for (auto& link : response_in) {
    if (!(*link)->valid()) continue;
    moved = true;
    const auto index = static_cast<std::uint32_t>((*link)->pop().id);
    Slot& slot = slots_[index];
    if (--slot.runs_left > 0 || !slot.write) continue;
    stored_.push_back(slot.packet);
    free_writes_.push_back(index);
  }
  return moved;
}

bool Dma::report_store() {
  if (stored_.empty() || !stored_out->ready() || !outputs_freed_out->ready()) return false;
  outputs_freed_out->push(StagingFreed{stored_.front()->bytes});
  stored_out->push(StoreDone{stored_.front()});
  stored_.pop_front();
  return true;
}

bool Dma::hand_on() {
  if (loads_.empty() || slots_[loads_.front()].runs_left > 0) return false;
  const std::uint32_t index = loads_.front();
  const Packet& packet = *slots_[index].packet;
  LinkOut<PacketRef>& out = is_weight(packet) ? weights_out : inputs_out;
  if (!out->ready()) return false;
  out->push(PacketRef{&packet});
  loads_.pop_front();
  free_reads_.push_back(index);
  return true;
}

void Dma::take_freed() {
  if (weights_freed_in->valid()) staging_room_.weights += weights_freed_in->pop().bytes;
  if (inputs_freed_in->valid()) staging_room_.inputs += inputs_freed_in->pop().bytes;
}

bool Dma::take_command() {
  if (!load_in->valid()) return false;
  streams_.push_back(Stream{load_in->pop().transfer, 0});
  return true;
}

bool Dma::first_two_alternate() const {
  if (streams_.size() < 2) return false;
  const Transfer& first = *streams_[0].transfer;
  const Transfer& second = *streams_[1].transfer;
  return first.unit == second.unit && first.role == TensorRole::kKey &&
         second.role == TensorRole::kQuery;
}

bool Dma::start_load() {
  if (streams_.empty() || free_reads_.empty()) return false;
  const std::size_t chosen = first_two_alternate() && turn_ ? 1 : 0;
  Stream& stream = streams_[chosen];
  const Packet& packet = stream.transfer->packets[stream.next_packet];
  if (!reserve_staging(packet)) return false;
  turn_ = !turn_;
  const std::uint32_t index = free_reads_.back();
  free_reads_.pop_back();
  start(packet, index, false);
  loads_.push_back(index);
  if (++stream.next_packet == stream.transfer->packets.size()) {
    streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  return true;
}

/// Packets that are still in the buffer take no staging.
bool Dma::reserve_staging(const Packet& packet) {
  if (!packet.in_dram) return true;
  std::uint64_t& room = is_weight(packet) ? staging_room_.weights : staging_room_.inputs;
  if (room < packet.bytes) return false;
  room -= packet.bytes;
  return true;
}

bool Dma::start_store() {
  if (free_writes_.empty() || !store_in->valid()) return false;
  const std::uint32_t index = free_writes_.back();
  free_writes_.pop_back();
  start(*store_in->pop().packet, index, true);
  return true;
}

void Dma::start(const Packet& packet, std::uint32_t slot, bool write) {
  slots_[slot] = Slot{&packet, 0, write};
  if (!packet.in_dram) return;
  count(packet);
  for (const DramRun& run : address_map_.split(packet.address, packet.bytes)) {
    runs_[run.channel].push_back(DramRequest{slot, run.first_burst, run.num_bursts, write});
    ++slots_[slot].runs_left;
    (write ? bursts_written_ : bursts_read_) += run.num_bursts;
  }
}

void Dma::count(const Packet& packet) {
  const Transfer& transfer = *packet.transfer;
  bytes_[static_cast<std::size_t>(transfer.role)][static_cast<std::size_t>(transfer.reason)] +=
      packet.bytes;
}

bool Dma::issue_runs() {
  bool moved = false;
  for (std::size_t channel = 0; channel < runs_.size(); ++channel) {
    if (runs_[channel].empty() || !(*request_out[channel])->ready()) continue;
    (*request_out[channel])->push(runs_[channel].front());
    runs_[channel].pop_front();
    moved = true;
  }
  return moved;
}

}  // namespace vitcod
