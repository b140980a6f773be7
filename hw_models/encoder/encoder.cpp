// SPDX-License-Identifier: Apache-2.0
#include "hw_models/encoder/encoder.hpp"

#include <algorithm>
#include <cstring>

#include "hw_models/decoder/head_mix.hpp"
#include "sim/base/int_math.hpp"

namespace vitcod {

Encoder::Encoder(const sc_core::sc_module_name& name, Clock& clock, const EncoderConfig& config,
                 StatGroup& parent)
    : Block(name, clock), config_(config), stats_(parent, basename()) {}

Cycle Encoder::tick(Cycle now) {
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

void Encoder::handle(const Packet& packet, Cycle now) {
  const auto& placement = placement_as<TokenPlacement>(packet);
  const Cycle read_cycles =
      std::max<Cycle>(1, ceil_div(packet.bytes, config_.read_bytes_per_cycle));
  const std::uint64_t macs = std::uint64_t{packet.num_rows} * placement.heads_in *
                             placement.heads_out * placement.features;
  const Cycle encode_cycles = ceil_div(macs, std::uint64_t{config_.lines} * config_.macs_per_line);
  macs_ += macs;
  tokens_ += packet.num_rows;
  busy_until_ = now + std::max(read_cycles, encode_cycles);
  cycles_.standing(encode_cycles >= read_cycles ? Activity::kEncoding : Activity::kReading);
  const Cycle done = busy_until_ - 1 + config_.latency_cycles;
  delivery_out->push_at(Delivery{packet.transfer}, done);
  Payload values;
  if (packet.payload != nullptr) values = encode_tokens(packet, placement);
  if (packet.num_rows == 0) return;
  Packet result = result_of(packet, placement);
  result.payload = std::move(values);
  packet_out->push_at(std::move(result), done);
}

Packet Encoder::result_of(const Packet& packet, const TokenPlacement& placement) {
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
