// SPDX-License-Identifier: Apache-2.0
#include "hw_models/encoder/encoder.hpp"

#include <cstring>

#include "hw_models/decoder/head_mix.hpp"

namespace vitcod {

Encoder::Encoder(const sc_core::sc_module_name& name, Clock& clock, const EncoderConfig& config,
                 StatGroup& parent)
    : PacketUnit(name, clock, "encoding", parent), config_(config) {}

PacketUnit::Step Encoder::work_on(const Packet& packet) {
  const auto& placement = placement_as<TokenPlacement>(packet);
  const std::uint64_t macs = std::uint64_t{packet.num_rows} * placement.heads_in *
                             placement.heads_out * placement.features;
  macs_ += macs;
  tokens_ += packet.num_rows;
  Step step;
  step.read_cycles = config_.read_bytes_per_cycle.beat_cycles(packet.bytes);
  step.work_cycles = ceil_div(macs, std::uint64_t{config_.lines} * config_.macs_per_line);
  step.latency = config_.latency_cycles;
  Payload values;
  if (packet.payload != nullptr) values = encode_tokens(packet, placement);
  if (packet.num_rows == 0) return step;
  step.results.push_back(rows_of(packet, *placement.store));
  step.results.front().payload = std::move(values);
  return step;
}

/// Values of the tokens that are complete with the packet; none for a packet of weights, which are
/// kept.
Payload Encoder::encode_tokens(const Packet& packet, const TokenPlacement& placement) {
  if (placement.is_weights) {
    weights_.take(packet, placement.weight_set, placement.bytes);
    return nullptr;
  }
  const std::size_t result_bytes = std::size_t{placement.heads_out} * placement.features;
  auto results = std::make_shared<std::vector<std::uint8_t>>(packet.num_rows * result_bytes);
  tokens_in_.take(packet, std::uint64_t{placement.heads_in} * placement.features,
                  [&](std::uint32_t token, const std::uint8_t* values) {
                    encode_token(placement, values,
                                 results->data() + (token - packet.first_row) * result_bytes);
                  });
  return results;
}

void Encoder::encode_token(const TokenPlacement& placement, const std::uint8_t* token,
                           std::uint8_t* result) {
  const std::uint8_t* weights = weights_.set(placement.weight_set);
  const auto* matrix = reinterpret_cast<const std::int8_t*>(weights);
  const auto* inputs = reinterpret_cast<const std::int8_t*>(token);
  const std::uint8_t* biases = weights + std::size_t{placement.heads_in} * placement.heads_out;
  for (std::uint32_t head = 0; head < placement.heads_out; ++head) {
    std::int32_t bias = 0;
    std::memcpy(&bias, biases + head * sizeof bias, sizeof bias);
    mix_heads(inputs, placement.features, placement.heads_in, matrix + head, placement.heads_out,
              bias, config_.fraction_bits,
              reinterpret_cast<std::int8_t*>(result + std::size_t{head} * placement.features));
  }
}

}  // namespace vitcod
