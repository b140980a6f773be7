// SPDX-License-Identifier: Apache-2.0
#include "hw_models/average_pool/average_pool_unit.hpp"

#include <algorithm>
#include <memory>

#include "hw_models/average_pool/average_pool_parts.hpp"
#include "hw_models/average_pool/pool_mean.hpp"

namespace vitcod {

AveragePoolUnit::AveragePoolUnit(const sc_core::sc_module_name& name, Clock& clock,
                                 const AveragePoolConfig& config, StatGroup& parent)
    : PacketUnit(name, clock, "pooling", parent),
      cost_(cost_of(config)),
      word_bytes_(pool_word_bytes(config)) {}

PacketUnit::Step AveragePoolUnit::work_on(const Packet& packet) {
  const auto& placement = placement_as<PoolPlacement>(packet);
  follow(packet, placement);
  const bool is_last = next_offset_ == std::uint64_t{placement.tokens} * placement.features;
  if (is_last) under_way_ = nullptr;
  count(packet, placement, is_last);
  if (packet.payload != nullptr) add(packet, placement.features);
  const std::uint64_t begin = packet.offset;
  const std::uint64_t end = begin + packet.bytes;
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.work_cycles = cost_.words_complete(end, placement.features) -
                     cost_.words_complete(begin, placement.features);
  step.latency = cost_.latency;
  if (!is_last) return step;
  step.work_cycles =
      cost_.packet_cycles(begin, end, placement.features) + cost_.words(placement.features);
  step.results = results(placement, packet.payload != nullptr);
  return step;
}

/// The packet begins a pool or continues the one that is under way.
void AveragePoolUnit::follow(const Packet& packet, const PoolPlacement& placement) {
  check(cost_.holds(placement.tokens, placement.features),
        "an average pool is larger than its memory of sums");
  if (under_way_ == nullptr) {
    under_way_ = packet.transfer;
    next_offset_ = 0;
    sums_.assign(placement.features, 0);
  }
  check(packet.transfer == under_way_ && packet.offset == next_offset_,
        "packets of an average pool came out of order");
  next_offset_ += packet.bytes;
}

/// Words are accessed as a whole. Those of the first token are written without being read.
void AveragePoolUnit::count(const Packet& packet, const PoolPlacement& placement, bool is_last) {
  const std::uint64_t words = cost_.words(placement.features);
  const std::uint64_t begin = cost_.words_complete(packet.offset, placement.features);
  const std::uint64_t end = cost_.words_complete(next_offset_, placement.features);
  elements_ += packet.bytes;
  sum_bytes_written_ += word_bytes_ * (end - begin);
  sum_bytes_read_ += word_bytes_ * (std::max(end, words) - std::max(begin, words));
  if (!is_last) return;
  ++pools_;
  means_ += placement.features;
  sum_bytes_read_ += word_bytes_ * words;
}

void AveragePoolUnit::add(const Packet& packet, std::size_t features) {
  std::size_t feature = packet.offset % features;
  for (const std::uint8_t byte : *packet.payload) {
    sums_[feature] += byte ^ 0x80U;
    feature = feature + 1 == features ? 0 : feature + 1;
  }
}

std::vector<std::uint8_t> AveragePoolUnit::means(const PoolPlacement& placement) const {
  const PoolReciprocal reciprocal(placement.tokens);
  std::vector<std::uint8_t> row;
  for (const std::uint64_t sum : sums_) row.push_back(reciprocal.mean(sum));
  return row;
}

/// The row of means, cut in order; only the last packet completes it.
std::vector<Packet> AveragePoolUnit::results(const PoolPlacement& placement,
                                             bool has_values) const {
  const std::vector<std::uint8_t> row = has_values ? means(placement) : std::vector<std::uint8_t>{};
  std::vector<Packet> packets;
  for (std::uint32_t at = 0; at < placement.features;) {
    Packet packet;
    packet.transfer = placement.store;
    packet.offset = at;
    packet.address = placement.store->stretches.front().address + at;
    packet.bytes = std::min(placement.packet_bytes, placement.features - at);
    packet.outputs = placement.store->outputs;
    if (has_values) {
      packet.payload = std::make_shared<const std::vector<std::uint8_t>>(
          row.begin() + at, row.begin() + at + packet.bytes);
    }
    at += packet.bytes;
    packet.num_rows = at == placement.features ? 1 : 0;
    packets.push_back(std::move(packet));
  }
  return packets;
}

}  // namespace vitcod
