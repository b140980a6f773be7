// SPDX-License-Identifier: Apache-2.0
#include "hw_models/dma/dma.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vitcod {

Dma::Dma(const sc_core::sc_module_name& name, Clock& clock, const DmaConfig& config,
         std::vector<std::uint64_t> staging, const AddressMap& address_map,
         std::uint32_t num_channels, DramContents* contents, StatGroup& parent,
         std::uint32_t row_fetches)
    : Block(name, clock),
      config_(config),
      address_map_(address_map),
      contents_(contents),
      staging_(std::move(staging)),
      staging_room_(staging_),
      freed_(staging_.size()),
      coming_(staging_.size(), 0),
      slots_(std::size_t{config.read_packets} + config.write_packets + row_fetches),
      runs_(num_channels),
      stats_(parent, basename()) {
  const auto add_port = [](auto& ports, const char* port, std::size_t index) {
    using Port = typename std::decay_t<decltype(ports)>::value_type::element_type;
    ports.push_back(std::make_unique<Port>(fmt::format("{}{}", port, index).c_str()));
  };
  for (std::size_t buffer = 0; buffer < staging_room_.size(); ++buffer) {
    add_port(freed_in, "freed_in", buffer);
    add_port(packet_out, "packet_out", buffer);
  }
  for (std::size_t channel = 0; channel < num_channels; ++channel) {
    add_port(request_out, "request_out", channel);
    add_port(response_in, "response_in", channel);
  }
  for (std::uint32_t i = 0; i < config.read_packets; ++i) free_reads_.push_back(i);
  for (std::uint32_t i = 0; i < config.write_packets; ++i) {
    free_writes_.push_back(config.read_packets + i);
  }
  for (std::uint32_t i = 0; i < row_fetches; ++i) {
    free_rows_.push_back(config.read_packets + config.write_packets + i);
  }
}

Cycle Dma::tick(Cycle now) {
  take_freed(now);
  bool moved = take_responses();
  moved = report_store() || moved;
  moved = hand_on() || moved;
  moved = hand_on_row() || moved;
  moved = take_command() || moved;
  moved = start_fetch() || start_load() || moved;
  moved = start_store() || moved;
  moved = issue_runs() || moved;
  if (!moved) {
    cycles_.standing(waiting());
    return next_staging();
  }
  cycles_.standing(Activity::kIssuing);
  if (stepped() || can_go_on()) return now + 1;
  pass_until(now + 1);
  cycles_.standing(waiting());
  return next_staging();
}

/// Could anything move in the next cycle, if nothing new came by a link? Room on a link that is
/// full now wakes by itself.
bool Dma::can_go_on() const {
  const auto holds = [](const auto& links) {
    return std::any_of(links.begin(), links.end(),
                       [](const auto& link) { return (*link)->valid(); });
  };
  if (load_in->valid() || holds(response_in)) return true;
  if (!stored_.empty() && can_report_store()) return true;
  if (has_load() && (*packet_out[slots_[loads_.front()].packet.transfer->buffer])->ready()) {
    return true;
  }
  if (has_row() && fetched_out->ready()) return true;
  if (!free_rows_.empty() && fetch_in->valid()) return true;
  if (!free_writes_.empty() && store_in->valid()) return true;
  return can_start_load() || can_issue_run();
}

bool Dma::can_start_load() const {
  return !streams_.empty() && !free_reads_.empty() && unstaged() == nullptr;
}

bool Dma::can_issue_run() const {
  if (num_runs_ == 0) return false;
  for (std::size_t channel = 0; channel < runs_.size(); ++channel) {
    if (!runs_[channel].empty() && (*request_out[channel])->ready()) return true;
  }
  return false;
}

/// What nothing moves for.
Dma::Activity Dma::waiting() const {
  if (has_load()) return Activity::kWaitBuffer;
  if (lacks_staging()) return Activity::kWaitStaging;
  const bool stores = free_writes_.size() < std::size_t{config_.write_packets};
  return stores || !loads_.empty() || !rows_.empty() ? Activity::kWaitDram : Activity::kIdle;
}

/// The next packet finds no staging, and packets that have come hold more of it than those that the
/// DRAM has yet to give.
bool Dma::lacks_staging() const {
  const Packet* waits = unstaged();
  if (waits == nullptr) return false;
  const std::size_t buffer = waits->transfer->buffer;
  return staging_[buffer] - staging_room_[buffer] > 2 * coming_[buffer];
}

bool Dma::take_responses() {
  bool moved = false;
  for (auto& link : response_in) {
    if (!(*link)->valid()) continue;
    moved = true;
    const auto index = static_cast<std::uint32_t>((*link)->pop().id);
    Slot& slot = slots_[index];
    if (--slot.runs_left > 0) continue;
    Packet& packet = slot.packet;
    if (!slot.write) {
      if (!slot.is_row) coming_[packet.transfer->buffer] -= packet.bytes;
      if (contents_ == nullptr) continue;
      packet.payload = std::make_shared<const std::vector<std::uint8_t>>(
          contents_->read(packet.address, packet.bytes));
      continue;
    }
    if (contents_ != nullptr) {
      check(packet.payload != nullptr && packet.payload->size() == packet.bytes,
            "a packet is to be stored without its values");
      contents_->write(packet.address, *packet.payload);
    }
    packet.payload.reset();
    stored_.push_back(StoreDone{packet.transfer, packet.bytes});
    free_writes_.push_back(index);
  }
  return moved;
}

bool Dma::report_store() {
  if (stored_.empty() || !can_report_store()) return false;
  stores_freed_out->push(StagingFreed{stored_.front().bytes});
  stored_out->push(stored_.front());
  stored_.pop_front();
  return true;
}

bool Dma::hand_on() {
  if (!has_load()) return false;
  const std::uint32_t index = loads_.front();
  Packet& packet = slots_[index].packet;
  LinkOut<Packet>& out = *packet_out[packet.transfer->buffer];
  if (!out->ready()) return false;
  out->push(std::move(packet));
  loads_.pop_front();
  free_reads_.push_back(index);
  return true;
}

/// The row's bytes go from the memory's answer to who asked, without a global buffer.
bool Dma::hand_on_row() {
  if (!has_row() || !fetched_out->ready()) return false;
  const std::uint32_t index = rows_.front();
  Slot& slot = slots_[index];
  fetched_out->push(RowFetch{std::move(slot.packet), slot.head, slot.line});
  rows_.pop_front();
  free_rows_.push_back(index);
  return true;
}

void Dma::start_of_simulation() {
  for (std::size_t buffer = 0; buffer < freed_in.size(); ++buffer) {
    (*freed_in[buffer])->take_all([this, buffer](const StagingFreed& freed, Cycle seen) {
      freed_[buffer].add(freed, seen);
      const Packet* waits = unstaged();
      if (waits != nullptr && waits->transfer->buffer == buffer) clock().wake(*this, seen);
    });
  }
}

void Dma::take_freed(Cycle now) {
  for (std::size_t buffer = 0; buffer < freed_.size(); ++buffer) {
    staging_room_[buffer] += freed_[buffer].take(now);
  }
}

/// The next packet, if it could start but for staging.
const Packet* Dma::unstaged() const {
  if (streams_.empty() || free_reads_.empty()) return nullptr;
  const Packet& next = streams_[next_stream()].front();
  return next.in_dram && next.bytes > staging_room_[next.transfer->buffer] ? &next : nullptr;
}

/// When more staging is seen to be free, if a packet waits for it.
Cycle Dma::next_staging() const {
  const Packet* waits = unstaged();
  return waits == nullptr ? kOnLink : freed_[waits->transfer->buffer].next();
}

bool Dma::take_command() {
  if (!load_in->valid()) return false;
  streams_.emplace_back(*load_in->pop().transfer, config_.packet_bytes);
  return true;
}

bool Dma::first_two_alternate() const {
  if (streams_.size() < 2) return false;
  const Transfer& first = streams_[0].transfer();
  return first.alternates && first.job == streams_[1].transfer().job;
}

bool Dma::start_load() {
  if (streams_.empty() || free_reads_.empty()) return false;
  const std::size_t chosen = next_stream();
  PacketCutter& stream = streams_[chosen];
  if (!reserve_staging(stream.front())) return false;
  turn_ = !turn_;
  const std::uint32_t index = free_reads_.back();
  free_reads_.pop_back();
  start(stream.front(), index, false);
  loads_.push_back(index);
  stream.pop();
  if (stream.done()) streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(chosen));
  return true;
}

/// Packets that are still in the buffer take no staging.
bool Dma::reserve_staging(const Packet& packet) {
  if (!packet.in_dram) return true;
  std::uint64_t& room = staging_room_[packet.transfer->buffer];
  if (room < packet.bytes) return false;
  room -= packet.bytes;
  coming_[packet.transfer->buffer] += packet.bytes;
  return true;
}

bool Dma::start_store() {
  if (free_writes_.empty() || !store_in->valid()) return false;
  const std::uint32_t index = free_writes_.back();
  free_writes_.pop_back();
  start(store_in->pop(), index, true);
  return true;
}

bool Dma::start_fetch() {
  if (free_rows_.empty() || !fetch_in->valid()) return false;
  RowFetch fetch = fetch_in->pop();
  const std::uint32_t index = free_rows_.back();
  free_rows_.pop_back();
  const TensorRole role = fetch.packet.transfer->label.role;
  bytes_[static_cast<std::size_t>(role)][static_cast<std::size_t>(TransferReason::kReload)] +=
      fetch.packet.bytes;
  bytes_fetched_ += fetch.packet.bytes;
  slots_[index] = Slot{std::move(fetch.packet), 0, false, true, fetch.head, fetch.line};
  ask_dram(index);
  rows_.push_back(index);
  return true;
}

void Dma::start(Packet packet, std::uint32_t slot, bool write) {
  slots_[slot] = Slot{std::move(packet), 0, write};
  const Packet& started = slots_[slot].packet;
  if (!started.in_dram) return;
  count(started);
  ask_dram(slot);
}

void Dma::ask_dram(std::uint32_t slot) {
  const Packet& started = slots_[slot].packet;
  const bool write = slots_[slot].write;
  address_map_.split_into(started.address, started.bytes, split_);
  for (const DramRun& run : split_) {
    runs_[run.channel].push_back(DramRequest{slot, run.first_burst, run.num_bursts, write});
    ++num_runs_;
    ++slots_[slot].runs_left;
    (write ? bursts_written_ : bursts_read_) += run.num_bursts;
  }
}

void Dma::count(const Packet& packet) {
  const TrafficLabel label = packet.transfer->label;
  bytes_[static_cast<std::size_t>(label.role)][static_cast<std::size_t>(label.reason)] +=
      packet.bytes;
}

bool Dma::issue_runs() {
  if (num_runs_ == 0) return false;
  bool moved = false;
  for (std::size_t channel = 0; channel < runs_.size(); ++channel) {
    if (runs_[channel].empty() || !(*request_out[channel])->ready()) continue;
    (*request_out[channel])->push(runs_[channel].front());
    runs_[channel].pop_front();
    --num_runs_;
    moved = true;
  }
  return moved;
}

}  // namespace vitcod
