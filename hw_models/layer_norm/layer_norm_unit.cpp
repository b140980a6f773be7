// SPDX-License-Identifier: Apache-2.0
#include "hw_models/layer_norm/layer_norm_unit.hpp"

#include <cstring>

#include "hw_models/layer_norm/layer_norm_parts.hpp"
#include "hw_models/layer_norm/token_norm.hpp"

namespace vitcod {

LayerNormUnit::LayerNormUnit(const sc_core::sc_module_name& name, Clock& clock,
                             const LayerNormConfig& config, StatGroup& parent)
    : PacketUnit(name, clock, "normalising", parent), cost_(cost_of(config)) {}

PacketUnit::Step LayerNormUnit::work_on(const Packet& packet) {
  const auto& placement = placement_as<NormPlacement>(packet);
  count(packet, placement);
  Step step;
  step.read_cycles = cost_.read_bandwidth.beat_cycles(packet.bytes);
  step.work_cycles = packet.num_rows * cost_.token_cycles(placement.features);
  step.latency = cost_.latency;
  Payload values;
  if (packet.payload != nullptr) values = normalise(packet, placement);
  if (packet.num_rows == 0) return step;
  step.results.push_back(rows_of(packet, *placement.store));
  step.results.front().payload = std::move(values);
  return step;
}

Cycle LayerNormUnit::taken_from(const Packet& packet, Cycle done) const {
  const bool waits = follows_tokens_ && placement_as<NormPlacement>(packet).is_constants;
  return waits ? done + cost_.root : done;
}

void LayerNormUnit::count(const Packet& packet, const NormPlacement& placement) {
  follows_tokens_ = !placement.is_constants;
  if (placement.is_constants) {
    constant_bytes_written_ += packet.bytes;
    return;
  }
  const std::uint64_t elements = std::uint64_t{packet.num_rows} * placement.features;
  tokens_ += packet.num_rows;
  elements_ += elements;
  token_bytes_written_ += packet.bytes;
  token_bytes_read_ += 2 * kNormElementBytes * elements;  // two passes
  constant_bytes_read_ += 2 * elements;                   // gain and offset
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
