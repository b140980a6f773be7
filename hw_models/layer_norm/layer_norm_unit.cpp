// SPDX-License-Identifier: Apache-2.0
#include "hw_models/layer_norm/layer_norm_unit.hpp"

#include <algorithm>
#include <cstring>

#include "hw_models/layer_norm/token_norm.hpp"

namespace vitcod {

LayerNormUnit::LayerNormUnit(const sc_core::sc_module_name& name, Clock& clock,
                             const LayerNormConfig& config, StatGroup& parent)
    : Block(name, clock), cost_(cost_of(config)), stats_(parent, basename()) {}

Cycle LayerNormUnit::tick(Cycle now) {
  if (busy_until_ > now) return busy_until_;
  if (!packet_in->valid()) {
    cycles_.standing(Activity::kIdle);
    return kOnLink;
  }
  if (!delivery_out->ready() || !packet_out->ready()) {
    cycles_.standing(Activity::kOutputBlocked);
    return kOnLink;
  }
  handle(packet_in->pop(), now);
  return busy_until_;
}

void LayerNormUnit::handle(const Packet& packet, Cycle now) {
  const auto& placement = placement_as<NormPlacement>(packet);
  const std::uint64_t read_cycles =
      std::max<std::uint64_t>(1, ceil_div(std::uint64_t{packet.bytes}, cost_.read_bytes));
  const std::uint64_t norm_cycles = packet.num_rows * cost_.token_cycles(placement.features);
  tokens_ += packet.num_rows;
  elements_ += std::uint64_t{packet.num_rows} * placement.features;
  busy_until_ = now + std::max(read_cycles, norm_cycles);
  cycles_.standing(norm_cycles >= read_cycles ? Activity::kNormalising : Activity::kReading);
  const Cycle done = busy_until_ - 1 + cost_.latency;
  delivery_out->push_at(Delivery{packet.transfer}, done);
  Payload values;
  if (packet.payload != nullptr) values = normalise(packet, placement);
  if (packet.num_rows == 0) return;
  Packet result = result_of(packet, placement);
  result.payload = std::move(values);
  packet_out->push_at(std::move(result), done);
}

Packet LayerNormUnit::result_of(const Packet& packet, const NormPlacement& placement) {
  const Stretch& stretch = placement.store->stretches.front();
  Packet result;
  result.transfer = placement.store;
  result.offset = std::uint64_t{packet.first_row} * stretch.row_bytes;
  result.address = stretch.address + result.offset;
  result.first_row = packet.first_row;
  result.num_rows = packet.num_rows;
  result.bytes = packet.num_rows * stretch.row_bytes;
  result.outputs = placement.store->outputs;
  return result;
}

/// Values of the tokens that are complete with the packet; none for a packet of constants, which
/// are kept.
Payload LayerNormUnit::normalise(const Packet& packet, const NormPlacement& placement) {
  const std::size_t features = placement.features;
  if (placement.is_constants) {
    constants_.take(packet, placement.constant_set, 2 * features);
    return nullptr;
  }
  auto results = std::make_shared<std::vector<std::uint8_t>>();
  tokens_in_.take(packet, 2 * features, [&](std::uint32_t, const std::uint8_t* bytes) {
    const auto* gains =
        reinterpret_cast<const std::int8_t*>(constants_.set(placement.constant_set));
    std::vector<std::int16_t> token(features);
    std::memcpy(token.data(), bytes, 2 * features);
    for (const std::int32_t y :
         normalise_token(token, gains, gains + features, placement.result_bytes)) {
      results->push_back(static_cast<std::uint8_t>(y));
      if (placement.result_bytes == 2) {
        results->push_back(static_cast<std::uint8_t>(static_cast<std::uint32_t>(y) >> 8U));
      }
    }
  });
  return results;
}

}  // namespace vitcod
